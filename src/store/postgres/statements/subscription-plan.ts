// What a change does to the subscriptions of an organization, decided from those that are stored, before anything is written. Pure.

import type { SealedChange } from "../../registry-statements.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import { bytesOf, checkHolders, checkSize, type ForgottenType, forgottenTypes } from "../../subscription-rules.ts";
import type { StoredSubscription } from "./subscriptions.ts";

export interface SubscriptionPlan {
  readonly put: readonly SealedSubscription[];
  /** Numbers; only of those that the organization has. */
  readonly remove: readonly number[];
  readonly forgotten: readonly ForgottenType[];
  /** How many bytes more all will have. */
  readonly moreBytes: number;
}

/** By which subscriptions must be read before a change is planned. */
export const namesIn = ({ put, remove = [] }: SealedChange): [ids: readonly string[], numbers: readonly number[]] => [
  put.map(({ id }) => id),
  [...put.map(({ number }) => number), ...remove],
];

/** `bytes`: of all subscriptions of the organization. `stored`: those with the names in the change. Throws CONFLICT. */
export function planSubscriptions(
  organization: { readonly number: number; readonly bytes: number },
  stored: readonly StoredSubscription[],
  { put: given, remove: unwanted = [] }: SealedChange,
): SubscriptionPlan {
  const byNumber = new Map(stored.map((each) => [each.number, each]));
  const byId = new Map(stored.map((each) => [each.id, each]));
  for (const each of given) {
    const holders = [byId.get(each.id), byNumber.get(each.number)].filter((holder) => holder !== undefined);
    checkHolders(organization.number, each, holders);
  }
  const recordOf = (number: number): string | null => byNumber.get(number)?.live?.record ?? null;
  const bytesBefore = (number: number): number => byNumber.get(number)?.live?.bytes ?? 0;
  checkSize(given, bytesBefore, () => organization.bytes);
  // Of two with the same number the later one; what is put and removed is removed.
  const put = new Map(given.map((each) => [each.number, each]));
  const remove = [...new Set(unwanted)].filter(
    (number) => put.has(number) || byNumber.get(number)?.organization === organization.number,
  );
  const bytesAfter = new Map([...put].map(([number, each]) => [number, bytesOf(each)]));
  for (const number of remove) bytesAfter.set(number, 0);
  return {
    put: [...put.values()],
    remove,
    forgotten: [
      ...[...put].flatMap(([number, { record }]) => forgottenTypes(recordOf(number), record)),
      ...remove.flatMap((number) => forgottenTypes(recordOf(number), null)),
    ],
    moreBytes: [...bytesAfter].reduce((sum, [number, bytes]) => sum + bytes - bytesBefore(number), 0),
  };
}
