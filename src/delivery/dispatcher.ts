// From rows to attempts and back. Keeps a lane for every subscription that is owed something, starts attempts in the
// order of the schedule, draws the consequences of their outcomes and books them. It never starts an attempt of a
// delivery that is in flight or final, of a barred lane, or after stop began.

import type { Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../model/attempt.ts";
import { classAfterFailure } from "../model/delivery.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Service } from "../service.ts";
import { type DueDelivery, type Ledger, OwnershipLost } from "../store/ledger.ts";
import type { Epoch } from "../store/shards.ts";
import { createTimerQueue } from "./structures/timer-queue.ts";
import type { Composer } from "./attempt/attempt.ts";
import { createSettler, type FinishedAttempt, type Spill } from "./settle/settler.ts";
import type { CrashRecovery } from "./recovery/crash-recovery.ts";
import { createLanes } from "./lane/lanes.ts";
import { deliveryStats, type DeliveryStats } from "./lane/stats.ts";
import { createDisableGone } from "./settle/disable-gone.ts";
import { createResidentRows } from "./lane/resident.ts";
import type { Enqueuer } from "./enqueue-port.ts";
import { isPaused, type Lane, onResult, resumesAt, widthOf } from "./lane/lane.ts";
import { laneStatus } from "./lane/status.ts";
import { createMemoryBudget } from "./lane/memory-budget.ts";
import { createMakeAttempt, type AttemptContext } from "./send.ts";
import { createShortagePause } from "./shortage-pause.ts";
import { createLoader } from "./lane/loader.ts";
import { createEnqueuer } from "./lane/enqueue.ts";
import { createCancelRemoved } from "./settle/cancel-removed.ts";
import type { Send, Shortage } from "./attempt/request.ts";
import { consequence, isTimeout, longestWaitMs } from "./attempt/retry-policy.ts";
import { createScheduler, type Slot } from "./lane/scheduler.ts";
import { type DeliverySettings, deliveryDefaults } from "./settings.ts";
import { hasChanged } from "./lane/change.ts";
import { createLaneHealth } from "./lane/health.ts";
import { createDueClock } from "./due-clock.ts";
import { recoveryAfterCrash, trySerially } from "./recovery/suspects-first.ts";
import * as windows from "./lane/buffer.ts";

export interface DispatcherDeps extends Composer {
  readonly ledger: Pick<
    Ledger,
    "acquire" | "release" | "markStarted" | "clearMark" | "remember" | "readDue" | "settle" | "spill" | "cancel"
  >;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly send: Send;
  /** Gives up the connections to where this URL leads, since its subscription has changed. */
  readonly drop: (url: string) => void;
  /** The subscription of a lane as last announced; all of them are known before `start`. */
  readonly subscriptions: { get(lane: number): Subscription | undefined; values(): Iterable<Subscription> };
  /** Disables a subscription whose receiver said that it is gone; must do nothing if it was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly log: Log;
  readonly events?: EngineEvents;
  readonly settings?: Partial<DeliverySettings>;
  /** Another owner took over, or nothing can be booked any more: the dispatcher has stopped and the process should end. */
  readonly onFailed?: (error: unknown) => void;
}

export interface Dispatcher extends Service, Enqueuer {
  /** Epoch of this owner; throws before `start` is done. */
  epoch(): Epoch;
  /** Subscriptions of this organization were added or changed: what is disabled now starts nothing more. */
  subscriptionsChanged(organization: string): void;
  /** The subscription is gone: nothing more starts, and what it is owed becomes `cancelled`. */
  laneRemoved(lane: number): void;
  /** Whether no attempt is under way. */
  idle(): boolean;
  snapshot(): DeliveryStats;
  /** How a lane stands; null: it has no subscription, or this process is not its owner. */
  lane(number: number): LaneStatus | null;
}

/** An attempt under way, with the slot it holds. */
interface InFlight extends AttemptContext {
  readonly slot: Slot;
  /** It began while the breaker of its lane was open. */
  readonly probe: boolean;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { ledger, clock, random, log, events = {} } = deps;
  const settings: DeliverySettings = { ...deliveryDefaults, ...deps.settings };
  const resident = createResidentRows();
  const budget = createMemoryBudget(settings, resident);
  const dueClock = createDueClock(clock, settings.jumpMs);
  const scheduler = createScheduler(settings, () => clock.monotonic());
  const makeAttempt = createMakeAttempt({ ...deps, settings });
  const shortagePause = createShortagePause({ clock, log, settings, onOver: runSoon });
  const lanes = createLanes(deps.subscriptions, scheduler, settings.caps.subscription);
  const timers = createTimerQueue<Lane>(clock, settings.heartbeatMs, run);

  /** After an unclean stop. */
  let recovery: CrashRecovery | null = null;
  /** Suspects are tried apart: nothing else starts. */
  let recovering = false;
  let state: "new" | "running" | "stopping" | "ended" = "new";
  let epoch: Epoch | null = null;
  let inFlight = 0;
  let scheduled = false;
  let stopped: Promise<void> | null = null;
  let onQuiet: (() => void) | null = null;

  const ownEpoch = (): Epoch => {
    if (epoch === null) throw new Error("The dispatcher has not started: there is no epoch yet.");
    return epoch;
  };
  const running = (): boolean => state === "running";
  const alive = (): boolean => state === "running" || state === "stopping";
  const retrying = { clock, log, backoffMs: settings.backoffMs, keepTrying: alive };
  const common = { ...retrying, ledger, epoch: ownEpoch, now, onFailed: fail };
  const settler = createSettler({ ...common, settings, onSettled, onSpilled });
  const disableGone = createDisableGone({ ...retrying, disable: deps.disable, onBarred: unload, onFailed: fail });
  const health = createLaneHealth({ clock, now, settings, remember: settler.remember });
  const cancelRemoved = createCancelRemoved({
    ...common,
    slice: settings.cancelSlice,
    keepTrying: running,
  });
  const loader = createLoader({
    ...common,
    settings,
    resident,
    size: budget.bufferSize,
    mustWait,
    wants: (lane) => state === "running" && !lane.barred && !isPaused(lane, clock.monotonic()),
    onLoaded: review,
    onDone: runSoon,
  });
  const enqueuer = createEnqueuer({ clock, lanes, resident, budget, mustWait, running, spill, review, runSoon });

  /** Something about the lane has changed: find out what it can do, wants to read, or waits for. */
  function review(lane: Lane): void {
    if (state !== "running") return;
    const monotonic = clock.monotonic();
    scheduler.place(lane, monotonic);
    if (lane.barred) return timers.drop(lane);
    const pause = resumesAt(lane) - monotonic;
    if (pause <= 0 && !windows.onDisk(lane.buffer)) return;
    const at = now();
    if (pause > 0) timers.set(lane, at + Math.ceil(pause));
    else if (windows.wantsRead(lane.buffer, budget.bufferSize(lane), at)) loader.want(lane);
    else timers.set(lane, windows.dueAfter(lane.buffer, at));
  }

  /** Once for all that happens in one turn. */
  function runSoon(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(run);
  }

  function run(): void {
    scheduled = false;
    if (state !== "running" || recovering || shortagePause.ofAll()) return;
    const at = now();
    for (let lane = timers.due(at); lane !== undefined; lane = timers.due(at)) review(lane);
    while (hasRoom() && !settler.stuck()) {
      const lane = scheduler.pick();
      if (lane === null) break;
      startNext(lane);
    }
    loader.go();
    timers.arm(at);
  }

  const hasRoom = (): boolean => inFlight + settler.open() < settings.caps.overall;

  /** The memory is full and the lane could start nothing. Every attempt that ends has the reader look again. */
  function mustWait(lane: Lane): boolean {
    return budget.full() && !(hasRoom() && scheduler.hasRoom(lane) && lane.inFlight < widthOf(lane));
  }

  /** Engine time. Where it has leapt ahead, what became due by that alone is put off first, so that it does not come all
   * at once. */
  function now(): number {
    const at = dueClock.now();
    const leap = dueClock.jump();
    if (leap > 0) {
      for (let lane = timers.due(at); lane !== undefined; lane = timers.due(at)) {
        const late = Math.ceil(random.fraction() * Math.min(settings.spreadMs, leap));
        windows.putOff(lane.buffer, at - leap, at, at + 1 + late);
        timers.set(lane, at + 1 + late);
      }
    }
    return at;
  }

  function startNext(lane: Lane): void {
    const delivery = windows.next(lane.buffer, settings.lowerEvery);
    if (delivery === undefined) throw new Error("A lane without work was scheduled.");
    start(lane, delivery);
  }

  function start(lane: Lane, delivery: DueDelivery): void {
    const admitted = recovery?.mustMark(lane, delivery) ? recovery.markStarted(lane, delivery.number) : null;
    const slot = scheduler.started(lane, delivery.class !== "live");
    inFlight++;
    if (admitted === null) send(lane, slot, delivery);
    else void sendMarked(admitted, lane, slot, delivery);
  }

  function send(lane: Lane, slot: Slot, delivery: DueDelivery): void {
    const { subscription } = lane;
    if (subscription === null) throw new Error("A lane without a subscription was scheduled.");
    const probe = lane.breaker.open;
    const flight: InFlight = { lane, slot, delivery, subscription, probe, startedAt: clock.now() };
    makeAttempt(flight, (made) => (typeof made === "string" ? postpone(flight, made) : finish(flight, made)));
  }

  async function sendMarked(admitted: Promise<boolean>, lane: Lane, slot: Slot, delivery: DueDelivery): Promise<void> {
    try {
      if ((await admitted) && state === "running" && !lane.barred) send(lane, slot, delivery);
      else putBack(lane, slot, delivery);
    } catch (error) {
      fail(error);
    }
  }

  function free(slot: Slot): void {
    inFlight--;
    scheduler.ended(slot);
    lanes.dropEmpty(slot);
  }

  /** The lane was barred, or the stop began, before the attempt did. */
  function putBack(lane: Lane, slot: Slot, delivery: DueDelivery): void {
    free(slot);
    recovery?.notStarted(lane, delivery.number);
    windows.settled(lane.buffer, delivery);
    if (resident.get(delivery.number) === false) spill(lane, [delivery]);
    else windows.spilled(lane.buffer, delivery.class, delivery.due);
    loader.release(delivery.number);
    lanes.dropIfIdle(lane);
    if (inFlight === 0) onQuiet?.();
    review(lane);
    runSoon();
  }

  function postpone({ lane, slot, delivery }: InFlight, shortage: Shortage): void {
    if (!alive()) return;
    shortagePause.note(lane, shortage);
    putBack(lane, slot, delivery);
  }

  function tellChange(lane: Lane): void {
    if (lane.subscription === null) return;
    events.laneChanged?.(lane.subscription, laneStatus(lane, now(), clock.monotonic()));
  }

  function finish(flight: InFlight, outcome: Outcome): void {
    if (!alive()) return;
    const { lane, slot, delivery, subscription, probe, startedAt } = flight;
    free(slot);
    recovery?.finished(lane, delivery.number);
    const attempt = delivery.attempts + 1;
    const rule = { ...settings, delays: subscription.lane.retryDelays ?? settings.retryDelays };
    const { next, disable, pauseMs } = consequence(outcome, attempt, rule, random.fraction());
    const monotonic = clock.monotonic();
    const success = "state" in next && next.state === "delivered";
    const quick = monotonic - slot.startedAt <= settings.slowMs;
    // What an endpoint does that was replaced meanwhile says nothing about the one that stands now.
    if (lane.subscription?.endpoint.url === subscription.endpoint.url) {
      if (!success) lane.lastFailure = { code: outcome.code, status: outcome.status, at: now() };
      const lesson = { success, timeout: isTimeout(outcome), quick, probe, pauseMs };
      onResult(lane, lesson, monotonic, settings, random.fraction());
    }
    settler.settle({
      lane,
      delivery,
      settlement: {
        delivery: delivery.number,
        lane: lane.number,
        attempt,
        startedAt,
        outcome,
        next: "state" in next ? next : { due: now() + next.delayMs },
      },
    });
    health.persist(lane, "delayMs" in next);
    events.attemptFinished?.(flight, outcome, "state" in next ? next.state : "pending");
    if (hasChanged(lane, success, monotonic)) tellChange(lane);
    if (disable) {
      const wasBarred = lane.barred;
      disableGone(lane, subscription);
      if (lane.barred && !wasBarred) tellChange(lane);
    } else if (resumesAt(lane) - monotonic >= settings.unloadMs) unload(lane);
    review(lane);
    runSoon();
  }

  function onSettled(entries: readonly FinishedAttempt[]): void {
    for (const { lane, delivery, settlement } of entries) {
      windows.settled(lane.buffer, delivery);
      loader.release(delivery.number);
      const { next } = settlement;
      if ("due" in next) windows.spilled(lane.buffer, classAfterFailure(delivery.class), next.due);
      lanes.dropIfIdle(lane);
      review(lane);
    }
    if (inFlight === 0) onQuiet?.();
    runSoon();
  }

  function onSpilled({ lane, due }: Spill): void {
    lane.buffer.spilling--;
    windows.spilled(lane.buffer, "live", due);
    lanes.dropIfIdle(lane);
    review(lane);
    runSoon();
  }

  function spill(lane: Lane, deliveries: readonly DueDelivery[]): void {
    const [oldest] = deliveries;
    if (oldest === undefined || lane.removed) return;
    lane.buffer.spilling++;
    settler.spill({ lane, deliveries: deliveries.map(({ number }) => number), due: oldest.due });
  }

  function unload(lane: Lane): void {
    spill(lane, windows.unload(lane.buffer, resident));
    scheduler.place(lane, clock.monotonic());
  }

  /** Takes over what the directory says of the lane now. */
  function refresh(lane: Lane): void {
    const { barred: wasBarred, subscription: before } = lane;
    lanes.refresh(lane);
    if (before !== null && lane.subscription !== before) {
      health.onChanged(lane, before);
      if (before.updatedAt !== lane.subscription?.updatedAt) {
        deps.drop(before.endpoint.url);
        lane.lastHeldUpAt = clock.monotonic();
      }
    }
    if (lane.barred && !wasBarred) unload(lane);
    review(lane);
  }

  /** Rejects never: what could not be noted is tried later, with care. */
  async function tryAllSerially(suspects: readonly DueDelivery[]): Promise<void> {
    recovering = true;
    await trySerially(suspects, {
      ...common,
      mostMs: settings.recoveryMostMs,
      running,
      lane: lanes.lane,
      hasRoom: (lane) => hasRoom() && scheduler.hasRoom(lane),
      async attempt(lane, delivery) {
        resident.add(delivery, true);
        lane.buffer[delivery.class].unsettled++;
        start(lane, delivery);
        await recovery?.finishedOrSlow(delivery.number);
      },
    }).catch((error: unknown) => {
      log.error("recovery.failed", { err: error }, "What may have ended the process before could not be tried apart.");
    });
    recovering = false;
  }

  function fail(error: unknown): void {
    if (state === "ended") return;
    state = "ended";
    timers.stop();
    onQuiet?.();
    if (error instanceof OwnershipLost) {
      log.error("dispatcher.ownership_lost", { err: error }, "Another owner has taken over: delivery stops here.");
    } else log.error("dispatcher.failed", { err: error }, "Delivery cannot go on.");
    deps.onFailed?.(error);
  }

  async function drain(): Promise<void> {
    const quiet = () => inFlight === 0 || !alive();
    while (!quiet()) await new Promise<void>((resolve) => (onQuiet = resolve));
    await Promise.all([settler.settled(), loader.settled(), cancelRemoved.settled()]);
  }

  async function release(): Promise<void> {
    try {
      await ledger.release(ownEpoch(), now());
    } catch (error) {
      log.warn("store.release_failed", { err: error }, "The stop could not be noted: the next start will be careful.");
    }
  }

  async function end(): Promise<void> {
    if (state === "ended") return;
    const began = state === "running";
    state = began ? "stopping" : "ended";
    timers.stop();
    shortagePause.stop();
    if (!began) return;
    let cancel = () => {};
    const patience = new Promise<void>((resolve) => (cancel = clock.after(settings.drainMs, resolve)));
    await Promise.race([drain(), patience]);
    cancel();
    if (inFlight > 0)
      log.warn(
        "dispatcher.cut",
        { in_flight: inFlight },
        "Attempts were still under way at the stop; they will be made again.",
      );
    if (alive()) await release();
    state = "ended";
  }

  return {
    async start() {
      const at = now();
      const farthestMs = longestWaitMs(settings, deps.subscriptions.values());
      const owned = await ledger.acquire(at, settings.spreadMs, farthestMs);
      epoch = owned.epoch;
      // The stop came first: nothing was begun, so what the owner before left undone is left as it was.
      if (state !== "new") return;
      state = "running";
      recovery = recoveryAfterCrash(owned, { ...common, slowMs: settings.slowMs });
      for (const { lane, health: standing } of owned.healths) {
        if (standing !== null && deps.subscriptions.get(lane) !== undefined) {
          health.restore(lanes.lane(lane), standing, at);
        }
      }
      for (const { lane: number, class: deliveryClass, nextDue } of owned.lanes) {
        const lane = lanes.lane(number);
        if (deps.subscriptions.get(number) !== undefined) windows.spilled(lane.buffer, deliveryClass, nextDue);
        else if (!lane.removed) {
          lane.removed = true;
          cancelRemoved.add(number);
        }
      }
      for (const lane of lanes.lanes()) {
        refresh(lane);
        lanes.dropIfIdle(lane);
      }
      await tryAllSerially(owned.marked);
      runSoon();
    },
    stop: () => (stopped ??= end()),
    epoch: ownEpoch,

    ...enqueuer,

    subscriptionsChanged(organization) {
      for (const lane of lanes.lanesOf(organization)) refresh(lane);
      runSoon();
    },
    laneRemoved(number) {
      const lane = lanes.lane(number);
      lane.removed = true;
      refresh(lane);
      lanes.dropIfIdle(lane);
      if (state === "running") cancelRemoved.add(number);
    },
    idle: () => inFlight === 0,
    snapshot: () =>
      deliveryStats(lanes.lanes(), now(), clock.monotonic(), {
        running: state === "running",
        inFlight,
        settling: settler.open(),
        postponed: shortagePause.count(),
        slow: scheduler.slow(),
        inMemory: resident.size,
      }),
    lane: (number) =>
      alive() && deps.subscriptions.get(number) !== undefined
        ? laneStatus(lanes.peek(number), now(), clock.monotonic())
        : null,
  };
}
