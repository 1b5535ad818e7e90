// How far back the observation log goes, and what it says of a floor, page by page.

import type { LoggedObservation } from "../model/observation.ts";
import type { LogPlace } from "../store/acceptance.ts";
import type { Ledger } from "../store/ledger.ts";

type Log = Pick<Ledger, "readFloor" | "readObservations">;

/** Everything that was accepted from then on is still in the log, epoch ms. -Infinity: all there ever was; Infinity: nothing. */
export async function keptFrom(log: Log): Promise<number> {
  const [first] = await log.readObservations(0, 1);
  if (first === undefined) return Infinity;
  return first.position === 1 ? -Infinity : first.acceptedAt;
}

const pageSize = 1_000;

/** What the presence sensors of the floor said with `from` ≤ moment of sensing < `until`; null: more than `most` observations. */
export async function readFrames(
  log: Log,
  { organization, floor }: { readonly organization: string; readonly floor: string },
  { from, until }: { readonly from: number; readonly until: number },
  most: number,
): Promise<readonly LoggedObservation[] | null> {
  const frames: LoggedObservation[] = [];
  let after: LogPlace | undefined;
  for (let read = 0; read <= most; read += pageSize) {
    const page = await log.readFloor(organization, floor, from, until, pageSize, after);
    for (const each of page) if (each.observation.kind === "detections") frames.push(each);
    if (page.length < pageSize) return frames;
    const { observation, position } = page.at(-1)!;
    after = { at: observation.at, position };
  }
  return null;
}
