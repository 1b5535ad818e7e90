// What follows at the end of a turn of the event loop in which something happened: every lane that was touched is reviewed
// once, then whoever may start does. A lane that starts nothing has a reason [lane/why-idle.ts].

import type { Clock } from "../clock.ts";
import type { IdleReason } from "../model/lane.ts";
import type { Attempts } from "./attempts.ts";
import { dueAfter } from "./lane/buffer.ts";
import type { Buffers } from "./lane/buffers.ts";
import type { ChangedLanes } from "./lane/changed-lanes.ts";
import { backsOffUntil, type Lane, startsAgainAt } from "./lane/lane.ts";
import type { Scheduler } from "./lane/scheduler.ts";
import type { Part, SharedSlots } from "./lane/shared-slots.ts";
import type { WakeQueue } from "./lane/wake-queue.ts";
import { type EngineState, ownReason, whyIdle } from "./lane/why-idle.ts";
import type { OwnedLanes } from "./ownership.ts";
import type { CrashRecovery } from "./recovery/crash-recovery.ts";
import type { Settler } from "./settle/settler.ts";

export interface Turn {
  end(): void;
  /** Whether the lane could start a delivery now, if it had one. */
  couldStart(lane: Lane): boolean;
  /** Whether there is a slot for the lane, whatever it is up to. */
  hasSlot(lane: Lane): boolean;
  /** `now`: engine time, epoch ms. */
  whyIdle(lane: Lane, now: number): IdleReason | null;
}

export interface Stations {
  readonly clock: Clock;
  /** Attempts in flight, or with outcomes that are not written, at most. */
  readonly cap: number;
  readonly owned: OwnedLanes;
  readonly changed: ChangedLanes;
  readonly wakes: WakeQueue;
  readonly scheduler: Scheduler;
  readonly buffers: Buffers;
  readonly attempts: Attempts;
  readonly settler: Settler;
  readonly recovery: CrashRecovery;
  /** With other dispatchers of this process; `part` is that of this one. */
  readonly shared: SharedSlots;
  readonly part: Part;
}

export function createTurn(stations: Stations): Turn {
  const { clock, owned, changed, wakes, scheduler, buffers, attempts, settler, recovery } = stations;

  const { shared, part, cap } = stations;
  part.held = () => attempts.inFlight() + settler.unwritten();
  const hasRoom = (): boolean => shared.hasRoom(part, cap);
  const engine: EngineState = {
    stopping: () => !owned.running(),
    recovering: recovery.isTrying,
    cannotSettle: settler.isFailing,
    cannotRead: buffers.cannotRead,
    mustWait: buffers.mustWait,
    cutOff: () => !shared.mayStart(),
    hasRoom,
    slotReason: scheduler.slotReason,
  };
  const hasSlot = (lane: Lane): boolean => hasRoom() && scheduler.slotReason(lane) === null;

  /** Puts the lane where the scheduler, the reader and the timer find it. */
  function review(lane: Lane, now: number, monotonic: number): void {
    scheduler.place(lane, monotonic);
    if (lane.barred) return wakes.drop(lane);
    wakeWhenFree(lane, now, monotonic);
    if (backsOffUntil(lane) > monotonic) return;
    buffers.want(lane, now);
    const next = dueAfter(lane.buffer, now);
    if (next < Infinity) wakes.set(lane, next);
  }

  function wakeWhenFree(lane: Lane, now: number, monotonic: number): void {
    const wait = startsAgainAt(lane) - monotonic;
    if (wait > 0) wakes.set(lane, now + Math.ceil(wait));
  }

  /** `begun`: monotonic ms. */
  function startAll(now: number, begun: number): void {
    let monotonic = begun;
    while (hasRoom() && !settler.isFailing()) {
      const lane = scheduler.pick(monotonic);
      if (lane === null) break;
      attempts.start(lane, buffers.next(lane));
      monotonic = clock.monotonic();
      const reason = ownReason(lane, monotonic);
      // It may have more slots than rows in memory.
      if (reason === null) buffers.want(lane, now);
      else if (reason === "rate_limit") wakeWhenFree(lane, now, monotonic);
    }
    if (scheduler.hasReady()) shared.waits(part, !hasRoom(), scheduler.isSlowFull());
    else shared.waits(part, false, false);
  }

  function goOn(): void {
    const now = wakes.now();
    for (let lane = wakes.due(now); lane !== undefined; lane = wakes.due(now)) changed.touch(lane);
    // Read once for all of them: each look at the clock costs as much as a review.
    const monotonic = clock.monotonic();
    for (const lane of changed.take()) review(lane, now, monotonic);
    startAll(now, monotonic);
    buffers.read();
    wakes.arm(now);
  }

  return {
    end() {
      if (owned.running() && !recovery.isTrying()) goOn();
      part.tell();
    },
    hasSlot,
    couldStart: (lane) => ownReason(lane, clock.monotonic()) === null && hasSlot(lane),
    whyIdle: (lane, now) => whyIdle(lane, now, clock.monotonic(), engine),
  };
}
