// What the demo has sent and its receivers have got. Counts; the picture shows it.

import type { ReceivedDelivery, Verification } from "../local-receiver.ts";

export interface ReceiverTally {
  /** Good ones. */
  total: number;
  last: ReceivedDelivery | null;
}

export interface Rate {
  total: number;
  /** As of the last second. */
  perSecond: number;
}

export interface Tally {
  readonly verdicts: Record<Verification, number>;
  /** Good deliveries by type. */
  readonly types: Map<string, number>;
  /** By the path of its URL. */
  readonly receivers: Map<string, ReceiverTally>;
  /** Entries of doors, the last ones, newest first. */
  readonly doors: ReceivedDelivery[];
  readonly observations: Rate;
  readonly webhooks: Rate;
  /** The first good one, and the last entry by "You". */
  first: ReceivedDelivery | null;
  yours: ReceivedDelivery | null;
  rejected: number;
}

/** Who opens a door by hand. */
export const yourName = "You";

const doorsKept = 3;

export function createTally(): Tally {
  return {
    verdicts: { ok: 0, duplicate: 0, unverified: 0, bad_signature: 0 },
    types: new Map(),
    receivers: new Map(),
    doors: [],
    observations: { total: 0, perSecond: 0 },
    webhooks: { total: 0, perSecond: 0 },
    first: null,
    yours: null,
    rejected: 0,
  };
}

/** `isEveryDoor`: the receiver gets the entries of the whole building, so that none is shown twice. */
export function count(tally: Tally, received: ReceivedDelivery, isEveryDoor: boolean): void {
  const { verdict, type, path, subject, status } = received;
  if (status >= 300 && verdict !== "bad_signature") return;
  tally.verdicts[verdict]++;
  if (verdict !== "ok") return;
  tally.webhooks.total++;
  tally.types.set(type, (tally.types.get(type) ?? 0) + 1);
  const receiver = tally.receivers.get(path) ?? { total: 0, last: null };
  tally.receivers.set(path, { total: receiver.total + 1, last: received });
  tally.first ??= received;
  if (!isEveryDoor || type !== "access_log.create") return;
  tally.doors.unshift(received);
  tally.doors.length = Math.min(tally.doors.length, doorsKept);
  if (subject === yourName) tally.yours = received;
}

/** Ask once a second: notes what came in since it was asked before. */
export function createMeter(tally: Tally): () => void {
  let before = { observations: 0, webhooks: 0 };
  return () => {
    const { observations, webhooks } = tally;
    observations.perSecond = observations.total - before.observations;
    webhooks.perSecond = webhooks.total - before.webhooks;
    before = { observations: observations.total, webhooks: webhooks.total };
  };
}

export function summary(tally: Tally): string {
  return [counted(tally), ...flaws(tally)].join(", ");
}

const counted = ({ observations, webhooks }: Tally): string =>
  `${observations.total} observations in, ${webhooks.total} webhooks received and verified`;

/** What should not have happened, if anything did. */
export function flaws({ verdicts, rejected }: Tally): readonly string[] {
  const { duplicate, unverified, bad_signature } = verdicts;
  return [
    ...(duplicate > 0 ? [`${duplicate} duplicates`] : []),
    ...(unverified > 0 ? [`${unverified} not verified`] : []),
    ...(bad_signature > 0 ? [`${bad_signature} WITH A BAD SIGNATURE`] : []),
    ...(rejected > 0 ? [`${rejected} observations rejected`] : []),
  ];
}
