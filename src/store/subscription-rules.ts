// Rules of stored subscriptions that every engine asks before it writes them. Pure.

import { BelfryError } from "../errors.ts";
import type { Subscription } from "../model/subscription.ts";
import type { SealedSubscription } from "./sealed-subscription.ts";

/** Bytes of all subscriptions of an organization: they are read together, also at every start, by a thread with a heap of
 * 256 MB. A hundred thousand usual ones are as much. */
const mostBytes = 64 * 1024 * 1024;

/** What a subscription takes of that. */
export const bytesOf = ({ record, secrets }: Pick<SealedSubscription, "record" | "secrets">): number =>
  Buffer.byteLength(record) + secrets.byteLength;

/** Who has an id or number already. */
export interface Holder {
  readonly number: number;
  /** Number of the organization. */
  readonly organization: number;
}

/** Throws CONFLICT where another subscription has its id or number. Callers draw them from `allocate` or chance, so one that is in
 * use is refused, not explained. */
export function checkHolders(
  organization: number,
  { id, number }: SealedSubscription,
  holders: readonly Holder[],
): void {
  if (holders.every((holder) => holder.number === number && holder.organization === organization)) return;
  throw new BelfryError("CONFLICT", `The id ${id} or its number ${number} belongs to another subscription.`);
}

/** Throws CONFLICT where all would be too large together. `before`: bytes of one as it is stored, 0: it is not. `total`: of all
 * that are stored. A change that makes them smaller is taken, and so is one that holds them: Belfry itself must be able to. */
export function checkSize(
  put: readonly SealedSubscription[],
  before: (number: number) => number,
  total: () => number,
): void {
  let more = 0;
  for (const each of put) if (each.state === "active") more += bytesOf(each) - before(each.number);
  if (more <= 0 || total() + more <= mostBytes) return;
  throw new BelfryError(
    "CONFLICT",
    "The subscriptions of this organization are too large together. Remove some, or make them smaller.",
  );
}

/** An event type whose last values must go. */
export interface ForgottenType {
  readonly dialect: string;
  readonly type: string;
}

/** Whose last values must go when a subscription begins to take other events than before: it is then owed the next value of each
 * subject, since the stored ones may be old. `before` and `after`: its record as it is stored; null: there is none. */
export function forgottenTypes(before: string | null, after: string | null): readonly ForgottenType[] {
  const versions = [before, after].flatMap((record) => (record === null ? [] : [parsed(record)]));
  if (versions.length === 2 && new Set(versions.map(interest)).size === 1) return [];
  return versions.flatMap(({ dialect, bindings }) => bindings.map(({ type }) => ({ dialect, type })));
}

type Interest = Pick<Subscription, "dialect" | "scope" | "bindings" | "filters" | "sendOnValueChange">;

/** A record that was damaged names no types: its subscription was disabled, and can only be removed. */
function parsed(record: string): Interest {
  try {
    return JSON.parse(record) as Subscription;
  } catch {
    return { dialect: "butlr", scope: { kind: "organization" }, bindings: [], filters: null, sendOnValueChange: false };
  }
}

/** Everything that decides which events a subscription takes, as text. */
const interest = ({ scope, bindings, filters, sendOnValueChange }: Interest): string =>
  JSON.stringify([scope, bindings, filters, sendOnValueChange]);
