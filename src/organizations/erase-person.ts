// Erases a person: the tenant leaves the model with their passes, tools and subscriptions, and everything that was kept of them is
// removed. The audit keeps the id alone. Backups are not reached.

import { notFound } from "../auth/authorize.ts";
import type { BuildingModel } from "../building/building.ts";
import { editRecords } from "../building/edit-records.ts";
import type { ModelDocument } from "../building/document.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { mayManage, type Principal } from "../model/principal.ts";
import type { Ledger } from "../store/ledger.ts";
import type { EraseCursor, Person } from "../store/removal.ts";
import type { Registry } from "../store/registry.ts";
import type { ModelChanges } from "./replace-model.ts";

export interface ErasePersonDeps {
  readonly ledger: Pick<Ledger, "erasePerson" | "emptyWal">;
  readonly registry: Pick<Registry, "dropPins" | "removeOldModels">;
  readonly models: Pick<ModelChanges, "change">;
  readonly model: (organization: string) => Promise<BuildingModel | null>;
  /** What waits in memory for the organization's lanes is read again: some of it is gone. */
  readonly readAgain: (organization: string) => void;
  readonly clock: Pick<Clock, "after">;
  readonly log: Log;
}

export type ErasePersonOf = (who: Principal, organization: string, tenant: string) => Promise<void>;

/** `tenant`: id or number. Throws NOT_FOUND for one that is not there or not this key's. The
 * model loses the tenant after what is kept of them, so that one that was interrupted can be asked for again. */
export function createErasePerson(deps: ErasePersonDeps): ErasePersonOf {
  const { ledger, registry, models, model, readAgain } = deps;
  return async (who, organization, given) => {
    const place = mayManage(who, organization) ? await model(organization) : null;
    // What an erasure that failed at the last has left: its tenant is not in the model any more.
    if (place !== null && (await registry.removeOldModels(organization))) await emptyWal(deps);
    const tenant = place?.tenants.get(given);
    if (place === null || tenant === undefined) throw notFound("tenant");
    const theirs = (all: BuildingModel["keychains"]) => [...all].filter((each) => each.tenant === tenant);
    const [keychains, tools] = [theirs(place.keychains), theirs(place.accessTools)];
    const person: Person = {
      organization,
      id: tenant.id,
      name: tenant.fullName,
      references: [tenant.id, String(tenant.number)],
      keychains: keychains.flatMap(({ id, number }) => [id, String(number)]),
      accessTools: tools.flatMap(({ id, number }) => [id, String(number)]),
    };
    const gone = [
      { kind: "tenant", id: tenant.id },
      ...keychains.map(({ id }) => ({ kind: "keychain", id })),
      ...tools.map(({ id }) => ({ kind: "access_tool", id })),
    ];
    const keys = keychains.flatMap(({ record }) => (record.virtual_keys ?? []).map(({ id }) => id));
    const toolIds = tools.map(({ id }) => id);
    const eraseKept = async (): Promise<void> => {
      await registry.dropPins(organization, "virtual_key", keys);
      await registry.dropPins(organization, "access_tool", toolIds);
      let cursor: EraseCursor | null = null;
      do cursor = await ledger.erasePerson(person, cursor);
      while (cursor !== null);
      readAgain(organization);
    };
    await eraseKept();
    await models.change({ organization, who, action: "tenant.erase", object: tenant.id }, (stored) =>
      without(stored, gone),
    );
    // What came meanwhile.
    await eraseKept();
    await registry.removeOldModels(organization);
    await emptyWal(deps);
  };
}

const tries = 100;
const pauseMs = 50;

/** A read that is under way keeps the WAL; none lasts long. */
async function emptyWal({ ledger, clock, log }: ErasePersonDeps): Promise<void> {
  for (let count = 0; count < tries; count++) {
    if (await ledger.emptyWal()) return;
    // The first call only asks.
    if (count > 0) await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
  }
  log.warn("erasure.wal_kept", {}, "What was erased is still in the WAL: something reads.");
}

/** They stay away though the operator's next document names them. */
function without(
  stored: ModelDocument,
  gone: readonly { readonly kind: string; readonly id: string }[],
): ModelDocument {
  const edited = editRecords(stored, new Map(gone.map(({ kind, id }) => [`${kind} ${id}`, () => null])));
  return { ...edited, deleted_by_api: [...(edited.deleted_by_api ?? []), ...gone] };
}
