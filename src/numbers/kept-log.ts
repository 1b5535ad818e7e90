// How far back the observation log goes, and what it says of a floor, page by page.

import type { LoggedObservation } from "../model/observation.ts";
import { floorPages } from "../store/floor-pages.ts";
import type { Ledger } from "../store/ledger.ts";

type Log = Pick<Ledger, "readFloor" | "readObservations" | "isLogWhole">;

/** Everything that was accepted from then on is still in the log, epoch ms. -Infinity: all there ever was; Infinity: nothing. */
export async function keptFrom(log: Log): Promise<number> {
  const [first] = await log.readObservations(0, 1);
  if (first === undefined) return Infinity;
  return (await log.isLogWhole()) ? -Infinity : first.acceptedAt;
}

/** What the presence sensors of the floor said with `from` ≤ moment of sensing < `until`; null: more than `most` observations. */
export async function readFrames(
  log: Log,
  { organization, floor }: { readonly organization: string; readonly floor: string },
  range: { readonly from: number; readonly until: number },
  most: number,
): Promise<readonly LoggedObservation[] | null> {
  const frames: LoggedObservation[] = [];
  let read = 0;
  for await (const page of floorPages(log, organization, { floor, ...range })) {
    read += page.length;
    if (read > most) return null;
    for (const each of page) if (each.observation.kind === "detections") frames.push(each);
  }
  return frames;
}
