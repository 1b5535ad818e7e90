// What a replay is asked for, as the form has it and the address keeps it, and as the API takes it. Pure.

import type { Ending } from "../api/types.ts";

export interface Criteria {
  readonly subscription: string;
  /** Epoch ms: accepted from then on, and before. */
  readonly from: number;
  readonly to: number;
  /** null: all that the subscription takes; so with the endings. */
  readonly types: readonly string[] | null;
  readonly endings: readonly Ending[] | null;
  /** Deliveries a second; null: as many as usual. */
  readonly perSecond: number | null;
}

export const endings: readonly (readonly [Ending, string])[] = [
  ["exhausted", "failed at the last attempt"],
  ["none", "was never owed to it"],
  ["expired", "expired"],
  ["cancelled", "was cancelled"],
  ["superseded", "was superseded by a newer one"],
  ["delivered", "was delivered"],
];

/** The body of POST /v1/replays. */
export function bodyOf(
  { subscription, from, to, types, endings: states, perSecond }: Criteria,
  isDry: boolean,
): object {
  return {
    subscription,
    from,
    to,
    ...(types === null ? {} : { types }),
    ...(states === null ? {} : { states }),
    ...(perSecond === null ? {} : { per_second: perSecond }),
    ...(isDry ? { dry_run: true } : {}),
  };
}

/** How long it takes, ms: the pace of the replay, or that of the receiver's rate limit where it is slower. */
export function lasts(total: number, perSecond: number, limit: number | null): { ms: number; isLimited: boolean } {
  const isLimited = limit !== null && limit < perSecond;
  return { ms: (total / (isLimited ? limit : perSecond)) * 1_000, isLimited };
}

/** When a job that began at `begun` ends, judged by how far it came; null: that cannot be said yet. Epoch ms. */
export function endsAt(progress: number, begun: number, now: number): number | null {
  if (progress <= 0.01 || progress >= 1) return null;
  return now + ((now - begun) / progress) * (1 - progress);
}
