// In which spans of time none of a room's motion sensors saw any motion, as far as their reports are kept. Pure: a function of
// what they reported, whatever the order in which it came.

import { knownUntil, motionsOf, type Pir } from "./pir.ts";

/** From one moment until before another, epoch ms. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What these sensors, at least one, know at `now`: every span from one motion to the next, or to where they cannot say any
 * more. A sensor that was silent for a while and is heard again speaks for that while too: its reports may come late. What was
 * before `since` cannot be said. */
export function stillness(pirs: readonly Pir[], now: number): { readonly since: number; readonly spans: Span[] } {
  const since = Math.max(...pirs.map(({ moved, began }) => moved ?? began));
  const end = Math.min(now, ...pirs.map(knownUntil));
  const motions = [...new Set(pirs.flatMap(motionsOf))]
    .filter((at) => at > since && at <= now)
    .toSorted((a, b) => a - b);
  const spans: Span[] = [];
  let from = since;
  for (const at of [...motions, Infinity]) {
    const until = Math.min(at, end);
    if (until > from) spans.push({ from, until });
    from = at;
  }
  return { since, spans };
}
