// When which lane must be looked at again, by engine time [due-clock.ts]. Where the clock has jumped ahead, what fell due by
// that alone is put off by up to a minute each, so that it does not start all at once.

import type { Clock, Random } from "../../clock.ts";
import { createDueClock } from "../due-clock.ts";
import type { DeliverySettings } from "../settings.ts";
import { createTimerQueue } from "../structures/timer-queue.ts";
import * as buffers from "./buffer.ts";
import type { Lane } from "./lane.ts";

export interface WakeQueue {
  /** Engine time, epoch ms. */
  now(): number;
  /** The same for somebody who only looks. */
  peek(): number;
  /** Wakes the lane then, or earlier if it was to be woken earlier already. */
  set(lane: Lane, at: number): void;
  drop(lane: Lane): void;
  /** The next lane whose time has come. */
  due(now: number): Lane | undefined;
  /** Sets the timer for the earliest. */
  arm(now: number): void;
  stop(): void;
}

export interface WakeQueueDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly settings: Pick<DeliverySettings, "heartbeatMs" | "jumpMs" | "spreadMs">;
  /** It is time to ask `due`. */
  readonly onTime: () => void;
}

export function createWakeQueue({ clock, random, settings, onTime }: WakeQueueDeps): WakeQueue {
  const dueClock = createDueClock(clock, settings.jumpMs);
  const timers = createTimerQueue<Lane>(clock, settings.heartbeatMs, onTime);

  function putOff(now: number, jump: number): void {
    for (let lane = timers.due(now); lane !== undefined; lane = timers.due(now)) {
      const until = now + 1 + Math.ceil(random.fraction() * Math.min(settings.spreadMs, jump));
      buffers.putOff(lane.buffer, now - jump, now, until);
      timers.set(lane, until);
    }
  }

  return {
    ...timers,
    peek: dueClock.peek,
    now() {
      const now = dueClock.now();
      const jump = dueClock.jump();
      if (jump > 0) putOff(now, jump);
      return now;
    },
  };
}
