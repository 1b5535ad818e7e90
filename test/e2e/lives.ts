// The place in which the clients of lifecycles.test.ts live, what its panels say, and what the clients ask for.

export const [house, annex] = [577696272, 845676935];
export const [mainPanel, yardPanel, mainDoor, yardDoor, annexDoor] = [
  708353660, 408919060, 22177636, 842395203, 239674119,
];
export const [kim, kimStudio, alex] = [37112193, 900000003, 377389742];
export const [unitOfKim, unitOfAlex, studio] = [843107216, 474917539, 900000004];

export const model = (bridge: string) => ({
  organization: { id: "org_lives", name: "Lives" },
  sites: [
    {
      id: "site",
      name: "Site",
      timezone: "America/New_York",
      buildings: [
        {
          id: house,
          name: "House",
          door_bridge_url: bridge,
          access_points: [
            { id: mainDoor, name: "Front door", device_ids: [mainPanel] },
            { id: yardDoor, name: "Yard", device_ids: [yardPanel] },
          ],
          devices: [
            { id: mainPanel, name: "Main panel", type: "panel", sip_username: "panel_1" },
            { id: yardPanel, name: "Yard panel", type: "panel" },
          ],
          units: [
            { id: unitOfKim, label: "1A" },
            { id: unitOfAlex, label: "2B" },
          ],
          tenants: [
            { id: kim, unit_id: unitOfKim, first_name: "Kim", last_name: "Example", email: "kim@example.com" },
            { id: alex, unit_id: unitOfAlex, full_name: "Alex Example" },
          ],
          access_tools: [{ id: 479403019, type: "pin", tenant_id: kim }],
        },
        {
          id: annex,
          name: "Annex",
          access_points: [{ id: annexDoor, name: "Annex door" }],
          units: [{ id: studio, label: "S" }],
          tenants: [{ id: kimStudio, unit_id: studio, email: "kim@example.com" }],
        },
      ],
    },
  ],
});

export const ringing = (tenant: number, unit: number, more: object = {}) => ({
  kind: "call",
  building_id: house,
  logged_at: new Date().toISOString(),
  recipient: { id: tenant, type: "Tenant" },
  unit: { id: unit },
  device: { id: mainPanel },
  ...more,
});
export const opened = (more: object) => ({
  kind: "access",
  access_point: mainDoor,
  logged_at: new Date().toISOString(),
  entry_method: "Swipe to open",
  ...more,
});
export const integration = (url: string, bindings: readonly object[], more: object = {}) => ({
  data: {
    type: "integrations",
    attributes: { integrator: "webhook", configuration: { url, method: "post", ...more }, bindings },
  },
});
export const bind = (resource_type: string, ...actions: string[]) => ({ resource_type, actions, resource_id: null });
