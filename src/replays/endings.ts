// How the deliveries of one lane ended, by event: for replays of what failed, or was never owed. Read page by page, since a lane
// may have had a million deliveries.

import type { Ending } from "../model/replay.ts";
import type { History } from "../store/history.ts";

export interface Endings {
  /** Reads the next page. true: that was the last. */
  read(): Promise<boolean>;
  /** null: it is still owed. */
  of(event: number): Ending | null;
  /** Of events up to this number every delivery was read, but for those that were made later (resends, replays). */
  knownUpTo(): number;
}

/** Deliveries with numbers up to `after` are of events before those that are asked for. */
export function createEndings(
  history: Pick<History, "endedDeliveries">,
  { organization, lane, after }: { readonly organization: string; readonly lane: number; readonly after: number },
): Endings {
  const known = new Map<number, Ending | null>();
  let reached: number | null = after;
  let latest = 0;
  return {
    async read() {
      if (reached === null) return true;
      const page = await history.endedDeliveries({ organization, lane, after: reached });
      for (const { event, ending } of page.deliveries) {
        if (known.get(event) !== "delivered") known.set(event, ending);
        if (event > latest) latest = event;
      }
      reached = page.reached;
      return reached === null;
    },
    of(event) {
      const ending = known.get(event);
      return ending === undefined ? "none" : ending;
    },
    // The latest may have another delivery on the next page.
    knownUpTo: () => (reached === null ? Infinity : latest - 1),
  };
}
