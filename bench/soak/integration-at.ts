// What a client of ButterflyMX's API sends to make an integration.

/** One for entries of doors. */
export const integrationAt = (url: string): object => ({
  data: {
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration: { url, method: "post" },
      bindings: [{ resource_type: "access_log", actions: ["create"] }],
    },
  },
});
