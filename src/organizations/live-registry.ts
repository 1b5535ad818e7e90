// A registry whose changes are known in memory at once: whoever has changed an organization finds it reloaded when the
// answer comes, so that what is accepted after the answer is matched against the change. Where the change is written and
// cannot be read for the moment, the caller hears that, and it is read as soon as it can be.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { ModelDocument } from "../building/document.ts";
import type { Change, Registry } from "../store/registry.ts";
import type { Organizations, WrittenModel } from "./organizations.ts";

const againMs = 1_000;

export function createLiveRegistry(
  registry: Registry,
  organizations: Organizations,
  clock: Pick<Clock, "after">,
): Registry {
  async function learn(organization: string, written?: WrittenModel): Promise<void> {
    try {
      await organizations.reload(organization, written);
    } catch (error) {
      const passes = error instanceof BelfryError && error.code === "UNAVAILABLE";
      if (passes) clock.after(againMs, () => void learn(organization).catch(() => {}));
      throw error;
    }
  }

  return {
    ...registry,
    async change(change) {
      const result = await registry.change(change);
      if (result.status === "done") await learn(change.organization, writtenModel(change, result));
      return result;
    },
    async removeOrganization(id, audit) {
      const removed = await registry.removeOrganization(id, audit);
      if (removed) await learn(id);
      return removed;
    },
    async ensureOrganization(id, name, audit) {
      const organization = await registry.ensureOrganization(id, name, audit);
      await organizations.get(id);
      return organization;
    },
  };
}

function writtenModel({ model }: Change, { modelVersion: version }: { readonly modelVersion?: number }) {
  const document = model?.value as ModelDocument | undefined;
  return document === undefined || version === undefined ? undefined : { document, version };
}
