// Applies one change to an organization: its name, subscriptions, model and audit together, or nothing. Everything that can
// refuse is asked before the first write.

import { checkPlaces } from "../../place-names.ts";
import type { AppliedChange, SealedChange } from "../../registry-statements.ts";
import type { WriteAudit } from "./audit.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Models } from "./models.ts";
import type { OwnRetentions } from "./own-retention.ts";
import type { Places } from "./places.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Withdrawals } from "./withdrawals.ts";

/** `now`: epoch ms. */
export type ApplyChange = (change: SealedChange, now: number) => AppliedChange;

export function createChange(
  context: EngineContext,
  subscriptions: Subscriptions,
  places: Places,
  models: Models,
  withdrawals: Withdrawals,
  ownRetentions: OwnRetentions,
  writeAudit: WriteAudit,
): ApplyChange {
  const raiseRevision = context.prepare("update organization set revision = revision + 1 where number = ?");
  const rename = context.prepare("update organization set name = ? where number = ?");

  const write = (organization: number, revision: number, change: SealedChange, now: number) => {
    const { name, put, remove = [], removedBecause = null, withdraw = [], model, retention } = change;
    if (retention !== undefined) ownRetentions.set(organization, retention);
    if (name !== undefined) rename.run(name, organization);
    for (const each of put) subscriptions.put(organization, each, revision);
    for (const each of remove) {
      subscriptions.remove(organization, each, removedBecause, now);
      withdrawals.drop(each);
    }
    withdrawals.add(organization, withdraw);
    if (model === undefined) return null;
    if (model.places !== undefined) places.replace(organization, model.places);
    return models.install(organization, model);
  };

  return (change, now) => {
    const organization = context.organization(change.organization);
    const { number, revision } = organization;
    if (change.revision !== null && change.revision !== revision) return { status: "stale", revision };
    checkPlaces(change.model?.places ?? []);
    subscriptions.check(number, change.put);
    const installed = write(number, revision + 1, change, Math.floor(now));
    for (const entry of change.audit) writeAudit(entry, number);
    raiseRevision.run(number);
    return {
      status: "done",
      revision: ++organization.revision,
      ...(installed !== null && { modelVersion: installed.version }),
      ...(installed?.isLeft === true && { isLeft: installed.version }),
    };
  };
}
