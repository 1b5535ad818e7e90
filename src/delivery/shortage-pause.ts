// Attempts that this machine has no file or port left for: they count for nothing, least of all against their receivers,
// and are made later.

import type { Cancel, Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Lane } from "./lane/lane.ts";
import type { Shortage } from "./attempt/request.ts";
import type { DeliverySettings } from "./settings.ts";

export interface ShortagePause {
  /** An attempt of this lane could not be made: the lane waits for a while, or everything does. */
  note(lane: Lane, shortage: Shortage): void;
  /** Nothing may start now. */
  ofAll(): boolean;
  /** Attempts postponed so far. */
  count(): number;
  stop(): void;
}

export interface ShortagePauseDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<DeliverySettings, "shortageMs" | "heartbeatMs">;
  /** Everything may start again. */
  readonly onOver: () => void;
}

export function createShortagePause({ clock, log, settings, onOver }: ShortagePauseDeps): ShortagePause {
  let count = 0;
  let complainedAt = -Infinity;
  let wait: Cancel | null = null;

  function complain(lane: Lane, shortage: Shortage, at: number): void {
    if (at - complainedAt < settings.heartbeatMs) return;
    complainedAt = at;
    log.error(
      "attempt.postponed",
      { shortage, lane: lane.number },
      "This machine has no file or port left to connect with: raise limits.",
    );
  }

  return {
    note(lane, shortage) {
      count++;
      const at = clock.monotonic();
      complain(lane, shortage, at);
      // Ports are used up towards one host; files for all.
      if (shortage === "no_port") lane.pausedUntil = Math.max(lane.pausedUntil, at + settings.shortageMs);
      else {
        wait ??= clock.after(settings.shortageMs, () => {
          wait = null;
          onOver();
        });
      }
    },
    ofAll: () => wait !== null,
    count: () => count,
    stop: () => wait?.(),
  };
}
