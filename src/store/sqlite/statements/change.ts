// Applies one change to an organization: its name, subscriptions, model and audit together, or nothing. Everything that can
// refuse is asked before the first write.

import type { Change, ChangeResult } from "../../registry.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import type { WriteAudit } from "./audit.ts";
import type { EngineContext } from "./engine-context.ts";
import type { OwnRetentions } from "./own-retention.ts";
import { checkPlaces, type Places } from "./places.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Withdrawals } from "./withdrawals.ts";

type SealedChange = Omit<Change, "put"> & { readonly put: readonly SealedSubscription[] };

/** `now`: epoch ms. */
export type ApplyChange = (change: SealedChange, now: number) => ChangeResult;

export function createChange(
  context: EngineContext,
  subscriptions: Subscriptions,
  places: Places,
  withdrawals: Withdrawals,
  ownRetentions: OwnRetentions,
  writeAudit: WriteAudit,
): ApplyChange {
  const raiseRevision = context.prepare("update organization set revision = revision + 1 where number = ?");
  const rename = context.prepare("update organization set name = ? where number = ?");
  const putModel = context.prepare("update organization set model = ? where number = ?");

  const write = (organization: number, revision: number, change: SealedChange, now: number): void => {
    const { name, put, remove = [], removedBecause = null, withdraw = [], model, retention } = change;
    if (retention !== undefined) ownRetentions.set(organization, retention);
    if (name !== undefined) rename.run(name, organization);
    for (const each of put) subscriptions.put(organization, each, revision);
    for (const each of remove) {
      subscriptions.remove(organization, each, removedBecause, now);
      withdrawals.drop(each);
    }
    withdrawals.add(organization, withdraw);
    if (model === undefined) return;
    putModel.run(model.document, organization);
    if (model.places !== undefined) places.replace(organization, model.places);
  };

  return (change, now) => {
    const organization = context.organization(change.organization);
    const { number, revision } = organization;
    if (change.revision !== null && change.revision !== revision) return { status: "stale", revision };
    checkPlaces(change.model?.places ?? []);
    subscriptions.check(number, change.put);
    write(number, revision + 1, change, Math.floor(now));
    for (const entry of change.audit) writeAudit(entry, number);
    raiseRevision.run(number);
    return { status: "done", revision: ++organization.revision };
  };
}
