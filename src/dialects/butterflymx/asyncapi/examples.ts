// Examples of deliveries: the entry as the vendor's guide prints it, a call, a status and a request to a bridge as Belfry
// writes them.

export const entryExample = {
  event: {
    resource_type: "access_log",
    action: "create",
    data: {
      id: 123456789,
      logged_at: "2025-04-24T10:24:35Z",
      access_point: 22177636,
      entry_method: "Swipe to open",
      release_status: "Unlocked",
      name: "John Tenant",
      image_url: "https://cdn.butterflymx.com/snapshot.png",
    },
  },
};

const guid = "e24bdbd8-57bc-42e6-8340-6f8375457120";
const panel = { id: 708353660, name: "Main Entrance", sip_username: null };
const record = {
  id: 400494507,
  guid,
  building_id: 577696272,
  logged_at: "2026-06-14T15:12:19Z",
  notification_type: "visitor",
  recipient: { id: 377389742, type: "Tenant" },
  unit: { id: 474917539 },
  device: { id: 708353660, name: "Main Entrance" },
  status: "initializing",
  image_url: null,
};

export const callExample = {
  guid,
  user: { id: 377389742, first_name: "Kim", last_name: "Example", sip_username: null, email: "kim@example.com" },
  panel,
  unit: { id: 474917539, label: "2B" },
  provider: null,
  source: panel,
  image_url: null,
  event: { resource_type: "call", action: "create", data: record },
};

export const statusExample = {
  call: { guid },
  status: "canceled",
  event: { resource_type: "call", action: "status_update", data: { ...record, status: "canceled" } },
};

export const releaseExample = {
  event: {
    resource_type: "door_release_request",
    action: "create",
    data: {
      id: 9,
      guid: "e2934b71-fd23-4c5f-80c7-d209c74a2f5e",
      tenant_id: 377389742,
      access_point_id: 842395203,
      device_id: null,
      release_method: "api",
      created_at: "2026-06-17T15:12:23Z",
      updated_at: "2026-06-17T15:12:23Z",
    },
  },
  void_after: "2026-06-17T15:12:28.000Z",
};
