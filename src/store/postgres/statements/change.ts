// Applies one change to an organization: its name, subscriptions, model and audit together, or nothing. An ordered write: whatever
// refuses comes before the first write, and whoever accepts an event after it matches against the new revision.

import { checkPlaces } from "../../place-names.ts";
import type { AppliedChange, SealedChange } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";
import { dropLastValues } from "./drop-last-values.ts";
import { checkGiven, dropReplaced, storeModel } from "./models.ts";
import { setRetention } from "./own-retention.ts";
import { replacePlaces } from "./places.ts";
import { putSubscriptions, removeSubscriptions, storedSubscriptions } from "./subscriptions.ts";
import { namesIn, planSubscriptions, type SubscriptionPlan } from "./subscription-plan.ts";
import { addWithdrawals, dropWithdrawals } from "./withdrawals.ts";

/** `now`: epoch ms. */
export async function applyChange(
  context: Context,
  write: OrderedWrite,
  change: SealedChange,
  now: number,
): Promise<AppliedChange> {
  const { number, revision, bytes } = await organizationOf(context, write, change.organization);
  if (change.revision !== null && change.revision !== revision) return { status: "stale", revision };
  checkPlaces(change.model?.places ?? []);
  const stored = await storedSubscriptions(write, ...namesIn(change));
  const plan = planSubscriptions({ number, bytes }, stored, change);
  await checkGiven(write, change.model);
  await writeSubscriptions(write, number, revision + 1, plan, change, now);
  if (change.retention !== undefined) await setRetention(write, number, change.retention);
  if (change.model?.places !== undefined) await replacePlaces(write, number, change.model.places);
  const modelVersion = change.model && (await storeModel(write, number, change.model));
  await write.run(
    "update organization set revision = $2, name = coalesce($3, name), model_version = coalesce($4, model_version)," +
      " subscription_bytes = subscription_bytes + $5 where number = $1",
    [number, revision + 1, change.name ?? null, modelVersion ?? null, plan.moreBytes],
  );
  const isLeft = change.model !== undefined && (await dropReplaced(write, number, change.model, modelVersion!));
  await writeAudit(write, change.audit, number);
  await noteChanges(write, "organization", [change.organization]);
  return {
    status: "done",
    revision: revision + 1,
    ...(modelVersion !== undefined && { modelVersion }),
    ...(isLeft && { isLeft: modelVersion! }),
  };
}

/** Throws NOT_FOUND. */
async function organizationOf(context: Context, write: OrderedWrite, id: string) {
  const found = await write.row<{ number: number; revision: number; bytes: number }>(
    "select number, revision, subscription_bytes as bytes from organization where id = $1",
    [id],
  );
  return found ?? { ...(await context.organization(write, id)), bytes: 0 };
}

async function writeSubscriptions(
  write: OrderedWrite,
  organization: number,
  revision: number,
  { put, remove, forgotten }: SubscriptionPlan,
  { removedBecause, withdraw = [] }: SealedChange,
  now: number,
): Promise<void> {
  await dropLastValues(write, organization, forgotten);
  await putSubscriptions(write, organization, put, revision);
  await removeSubscriptions(write, organization, remove, removedBecause ?? null, Math.floor(now));
  await dropWithdrawals(write, remove);
  await addWithdrawals(write, organization, withdraw);
}
