// A registry whose changes are known in memory at once: whoever has changed an organization finds it reloaded when the
// answer comes, so that what is accepted after the answer is matched against the change.

import type { Registry } from "../store/registry.ts";
import type { Organizations } from "./organizations.ts";

export function watchRegistry(registry: Registry, organizations: Organizations): Registry {
  return {
    ...registry,
    async change(change) {
      const result = await registry.change(change);
      if (result.status === "done") await organizations.reload(change.organization);
      return result;
    },
    async ensureOrganization(id, name, audit) {
      const organization = await registry.ensureOrganization(id, name, audit);
      await organizations.get(id);
      return organization;
    },
  };
}
