// What the dispatcher shows of itself for metrics and console. Walks all lanes: asked seldom.

import { isPaused, type Lane } from "./lane.ts";
import { oldestDue, waitingRows } from "./window.ts";

export interface Figures {
  readonly running: boolean;
  /** Attempts without an outcome. */
  readonly inFlight: number;
  /** Outcomes that are not durable yet. */
  readonly booking: number;
  /** Attempts since the start that this machine had no file or port for. */
  readonly postponed: number;
  /** Attempts in flight that are slow, or of lanes not known to be quick. */
  readonly slow: number;
  /** Rows in memory, those in flight and being booked among them. */
  readonly inMemory: number;
  /** Rows in memory that wait to be started. */
  readonly waiting: number;
  readonly lanes: number;
  /** Lanes that have more on the disk than in memory. */
  readonly onDisk: number;
  readonly paused: number;
  readonly barred: number;
  /** When the oldest known delivery of all lanes that are not barred fell or falls due, epoch ms; null: there is none. */
  readonly oldestDue: number | null;
}

export function figures(
  lanes: Iterable<Lane>,
  monotonic: number,
  counted: Pick<Figures, "running" | "inFlight" | "booking" | "postponed" | "slow" | "inMemory">,
): Figures {
  let [waiting, count, onDisk, paused, barred, oldest] = [0, 0, 0, 0, 0, Infinity];
  for (const lane of lanes) {
    count++;
    waiting += waitingRows(lane.window);
    if (lane.window.mode === "disk") onDisk++;
    if (lane.barred) barred++;
    else {
      if (isPaused(lane, monotonic)) paused++;
      oldest = Math.min(oldest, oldestDue(lane.window));
    }
  }
  return { ...counted, waiting, lanes: count, onDisk, paused, barred, oldestDue: oldest === Infinity ? null : oldest };
}
