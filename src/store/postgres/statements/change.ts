// Applies one change to an organization: its name, subscriptions, model and audit together, or nothing. An ordered write: whatever
// refuses comes before the first write, and whoever accepts an event after it matches against the new revision.

import { checkPlaces } from "../../place-names.ts";
import type { AppliedChange, SealedChange } from "../../registry-statements.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import { bytesOf, checkHolders, checkSize, forgottenTypes } from "../../subscription-rules.ts";
import type { Context } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";
import { dropLastValues } from "./drop-last-values.ts";
import { checkGiven, dropReplaced, storeModel } from "./models.ts";
import { setRetention } from "./own-retention.ts";
import { replacePlaces } from "./places.ts";
import { putSubscriptions, removeSubscriptions, storedSubscriptions } from "./subscriptions.ts";
import { addWithdrawals, dropWithdrawals } from "./withdrawals.ts";

/** What the change does to subscriptions, decided before anything is written. */
interface SubscriptionPlan {
  readonly put: readonly SealedSubscription[];
  /** Numbers; only of those that the organization has. */
  readonly remove: readonly number[];
  readonly forgotten: ReturnType<typeof forgottenTypes>;
  /** How many bytes more all will have. */
  readonly moreBytes: number;
}

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
  const plan = await planSubscriptions(write, number, bytes, change);
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

/** Throws CONFLICT. `bytes`: of all subscriptions of the organization. */
async function planSubscriptions(
  write: OrderedWrite,
  organization: number,
  bytes: number,
  { put: given, remove: unwanted = [] }: SealedChange,
): Promise<SubscriptionPlan> {
  // Of two with the same number the later one.
  const put = [...new Map(given.map((each) => [each.number, each])).values()];
  const numbers = put.map(({ number }) => number);
  const stored = await storedSubscriptions(
    write,
    put.map(({ id }) => id),
    [...numbers, ...unwanted],
  );
  const byNumber = new Map(stored.map((each) => [each.number, each]));
  const byId = new Map(stored.map((each) => [each.id, each]));
  for (const each of put) {
    const holders = [byId.get(each.id), byNumber.get(each.number)].filter((holder) => holder !== undefined);
    checkHolders(organization, each, holders);
  }
  const recordOf = (number: number): string | null => byNumber.get(number)?.live?.record ?? null;
  const storedBytes = (number: number): number => byNumber.get(number)?.live?.bytes ?? 0;
  checkSize(put, storedBytes, () => bytes);
  const own = (number: number) => numbers.includes(number) || byNumber.get(number)?.organization === organization;
  const remove = [...new Set(unwanted)].filter(own);
  const after = new Map([
    ...put.map((each) => [each.number, bytesOf(each)] as const),
    ...remove.map((each) => [each, 0] as const),
  ]);
  return {
    put,
    remove,
    forgotten: [
      ...put.flatMap(({ number, record }) => forgottenTypes(recordOf(number), record)),
      ...remove.flatMap((number) => forgottenTypes(recordOf(number), null)),
    ],
    moreBytes: [...after].reduce((sum, [number, size]) => sum + size - storedBytes(number), 0),
  };
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
