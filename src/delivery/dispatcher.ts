// From rows to attempts and back. One handler for each thing that happens; it touches the lane, and the end of the turn starts
// what may start. No attempt starts of a delivery that is under way or final, of a lane that is barred, or after the stop began.
// The path of a delivery: enqueue or readLater [lane/enqueue.ts] → a row in its lane's buffer [buffers] → turn.end: review
// places the lane, scheduler.pick takes it, buffers.next its row → attempts.start: recovery.beforeAttempt, request, send →
// onFinished: its slot is free, its outcome not durable yet → settler → ledger.settle → onSettled: final, or due again.

import type { Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../model/attempt.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import { mostSkipped, type NumberRanges, withNumbers, withoutNumbers } from "../model/number-ranges.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { Endpoint, Subscription } from "../model/subscription.ts";
import type { Tracing } from "../model/tracing.ts";
import type { PendingWithdrawal } from "../model/withdrawal.ts";
import type { Service } from "../service.ts";
import type { DialectName } from "../model/event.ts";
import type { DueDelivery, LatestOnly, Ledger, Settlement } from "../store/ledger.ts";
import type { Epoch } from "../store/shards.ts";
import type { Composer } from "./attempt/attempt.ts";
import type { Send } from "./attempt/request.ts";
import { asksForGentlerPace, consequence, isTimeout, longestWaits, type RetryRule } from "./attempt/retry-policy.ts";
import { type Attempt, createAttempts } from "./attempts.ts";
import type { Enqueuer } from "./enqueue-port.ts";
import { afterFailedAttempt } from "./lane/auto-disable.ts";
import { type Bars, createBars } from "./lane/bars.ts";
import { createBuffers } from "./lane/buffers.ts";
import { hasChanged } from "./lane/change.ts";
import { createChangedLanes } from "./lane/changed-lanes.ts";
import { afterFailure } from "./lane/failing.ts";
import { createHastening, type Hastening } from "./lane/hasten.ts";
import { createLaneHealth } from "./lane/health.ts";
import { backsOffUntil, isBackingOff, type Lane, onResult } from "./lane/lane.ts";
import { createLanes } from "./lane/lanes.ts";
import { createScheduler, type Slot } from "./lane/scheduler.ts";
import { deliveryStats, type DeliveryStats } from "./lane/stats.ts";
import { laneStatus } from "./lane/status.ts";
import { createWakeQueue } from "./lane/wake-queue.ts";
import { createLocalShortage } from "./lane/local-shortage.ts";
import { createOwnedLanes } from "./ownership.ts";
import { createCrashRecovery } from "./recovery/crash-recovery.ts";
import { type DeliverySettings, deliveryDefaults } from "./settings.ts";
import { createCancelRemoved } from "./settle/cancel-removed.ts";
import { createDisableLane } from "./settle/disable-lane.ts";
import { createSettler, type FinishedAttempt } from "./settle/settler.ts";
import { createWithdrawing } from "./settle/withdraw.ts";
import { createTurn } from "./turn.ts";

export interface DispatcherDeps extends Composer {
  readonly ledger: Pick<
    Ledger,
    | "acquire"
    | "release"
    | "supersede"
    | "markStarted"
    | "clearMark"
    | "remember"
    | "readDue"
    | "settle"
    | "spill"
    | "cancel"
    | "withdraw"
    | "hasten"
    | "hastenOne"
  >;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly send: Send;
  /** Gives up the connections to this endpoint, since its subscription has changed. */
  readonly drop: (endpoint: Endpoint) => void;
  /** The subscription of a lane as last announced; all of them are known before `start`. */
  readonly subscriptions: { get(lane: number): Subscription | undefined; values(): Iterable<Subscription> };
  /** By type of event of the dialect: the kind of state that it tells, of which a subscription may want the newest alone. */
  readonly statesOf: (dialect: DialectName) => LatestOnly["states"];
  /** Withdrawals that are not worked off, at the start. */
  readonly withdrawals: () => Iterable<PendingWithdrawal>;
  /** Disables a subscription whose receiver is gone or fails for too long; must do nothing if it was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly log: Log;
  readonly events?: EngineEvents;
  readonly tracing?: Tracing;
  readonly settings?: Partial<DeliverySettings>;
  /** Another owner took over, or nothing can be written any more: the dispatcher has stopped and the process must end. */
  readonly onFailed?: (error: unknown) => void;
}

export interface Dispatcher extends Service, Enqueuer {
  /** Epoch of this owner; throws before `start` is done. */
  epoch(): Epoch;
  /** Subscriptions of this organization were added or changed: what is disabled now starts nothing more. */
  subscriptionsChanged(organization: string): void;
  /** The subscription was removed: nothing more starts, and what it is owed becomes `cancelled`. */
  laneRemoved(lane: number): void;
  /** Its owner wants the receiver called now: ends the lane's back-off. Returns whether there was one. */
  openLane(lane: number): boolean;
  /** What waits for a later try is due now: all of a lane, or one delivery. */
  readonly hasten: Hastening;
  /** These lanes start nothing more until what their tenants may no longer have is cancelled. */
  withdraw(withdrawals: Iterable<PendingWithdrawal>): void;
  /** Lanes of this organization give back what is not under way and read it again: rows of it were erased. */
  readAgain(organization: string): void;
  /** The same of these lanes, of which rows have expired. In memory they would be sent, and those in order would not look
   * whether others wait behind them. */
  expired(lanes: Iterable<number>): void;
  /** The lane starts nothing until what this returns is called: rows of it are being cancelled. */
  readonly bar: Bars["bar"];
  /** Whether no attempt is under way. */
  idle(): boolean;
  snapshot(): DeliveryStats;
  /** Monotonic ms at which an attempt of the lane last began, -Infinity: none has; null: the lane is barred or backs off. */
  lastStartedAt(this: void, lane: number): number | null;
  /** The status of a lane; null: it has no subscription, or this process is not its owner. */
  lane(number: number): LaneStatus | null;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { ledger, clock, random, log, events = {} } = deps;
  const settings: DeliverySettings = { ...deliveryDefaults, ...deps.settings };
  const usualRule: RetryRule = { ...settings, delays: settings.retryDelays };
  let stopped: Promise<void> | null = null;
  let onQuiet: (() => void) | null = null;
  let ownedSince = clock.monotonic();

  // The stations.
  const owned = createOwnedLanes({
    ...deps,
    drainMs: settings.drainMs,
    onEnding,
    onFailed: (error) => deps.onFailed?.(error),
  });
  const { running, alive, epoch } = owned;
  const scheduler = createScheduler(settings, () => clock.monotonic());
  const lanes = createLanes(
    deps.subscriptions,
    scheduler,
    settings.caps.subscription,
    { now: () => clock.monotonic(), ownedSince: () => ownedSince },
    (lane) => withdrawing.concerns(lane) || bars.has(lane),
    deps.statesOf,
  );
  const changed = createChangedLanes(() => turn.end());
  const wakes = createWakeQueue({ clock, random, settings, onTime: () => turn.end() });
  const { touch } = changed;
  const { now } = wakes;
  const background = { clock, log, backoffMs: settings.backoffMs, keepTrying: alive, onFailed: owned.fail };
  const owner = { ...background, ledger, epoch, now, settings };
  const recovery = createCrashRecovery(owner);
  const settler = createSettler({ ...owner, onSettled, onSpilled });
  const health = createLaneHealth({ clock, now, settings, remember: settler.remember });
  const couldStart = (lane: Lane): boolean => turn.couldStart(lane);
  const heard = { touch, onLoaded, onSuperseded };
  const buffers = createBuffers({ ...owner, ...heard, lanes, running, couldStart, spill: settler.spill });
  const attempts = createAttempts({ ...deps, settings, scheduler, recovery, running, onFinished, onNotMade });
  const shortage = createLocalShortage({ clock, log, sayEveryMs: settings.heartbeatMs });
  const cancelRemoved = createCancelRemoved({ ...owner, slice: settings.cancelSlice, keepTrying: running });
  const withdrawing = createWithdrawing({ ...owner, keepTrying: running, onChanged: onWithdrawing });
  const bars = createBars(onWithdrawing);
  const disableLane = createDisableLane({ ...background, disable: deps.disable });
  const hasten = createHastening({ ...owner, lanes, buffers, touch, slice: settings.cancelSlice, running });
  const cap = settings.caps.overall;
  const turn = createTurn({ clock, cap, owned, changed, wakes, scheduler, buffers, attempts, settler, recovery });

  // What happens. Accepted deliveries come through enqueue-port.ts, behind which stands lane/enqueue.ts.

  /** The receiver has answered, or not. A crash between this and `onSettled` makes the attempt again. */
  function onFinished(attempt: Attempt, outcome: Outcome): void {
    if (!alive()) return;
    const { lane, slot, delivery, subscription, startedAt } = attempt;
    const n = delivery.attempts + 1;
    const { retryDelays } = subscription.lane;
    const rule = retryDelays === null ? usualRule : { ...usualRule, delays: retryDelays };
    // What an endpoint does that was replaced meanwhile says nothing about the one that stands now.
    const isCurrent = slot.endpointChanges === lane.endpointChanges;
    const { next, disable, pauseMs } = consequence(outcome, n, rule, random.fraction(), isCurrent);
    if ("againMs" in next) {
      shortage.note(lane, outcome, next.againMs);
      return onNotMade(slot, delivery);
    }
    endAttempt(slot, delivery, true);
    const success = "state" in next && next.state === "delivered";
    if (success && attempt.skipped.length > 0) lane.skipped = withoutNumbers(lane.skipped, attempt.skipped);
    if (isCurrent) learn(attempt, outcome, success, pauseMs);
    const settlement: Settlement = {
      delivery: delivery.number,
      lane: lane.number,
      attempt: n,
      startedAt,
      outcome,
      next: "state" in next ? next : { due: now() + next.delayMs, ...(lane.inOrder && { inOrder: true }) },
    };
    settler.settle({ lane, delivery, settlement });
    events.attemptFinished?.(attempt, outcome, "state" in next ? next.state : "pending");
    if (lane.inOrder && "state" in next && next.state === "exhausted") events.steppedAside?.(attempt);
    if (hasChanged(lane, success, clock.monotonic())) tellChange(lane);
    const reason = disable
      ? goneReason
      : isCurrent && !success
        ? afterFailedAttempt(lane, now(), settings, events)
        : null;
    health.persist(lane);
    const isDisabled = reason !== null && disableLane(lane, reason);
    if (isDisabled) tellChange(lane, reason);
    if (isDisabled || backsOffUntil(lane) - clock.monotonic() >= settings.unloadMs) buffers.unload(lane);
    touch(lane);
  }

  function tellChange(lane: Lane, disabledBecause: string | null = null): void {
    if (lane.subscription !== null) events.laneChanged?.(lane.subscription, statusOf(lane), disabledBecause);
  }

  function statusOf(lane: Lane): LaneStatus {
    const at = wakes.peek();
    return laneStatus(lane, turn.whyIdle(lane, at), at, clock.monotonic());
  }

  function learn({ lane, slot, probe }: Attempt, outcome: Outcome, success: boolean, pauseMs: number): void {
    const monotonic = clock.monotonic();
    if (success) lane.failing = null;
    else {
      lane.lastFailure = { code: outcome.code, status: outcome.status, at: now() };
      // A fault of Belfry's own says nothing of the receiver.
      if (outcome.code !== "interrupted") lane.failing = afterFailure(lane.failing, now());
    }
    const { startedAt } = slot;
    const quick = monotonic - startedAt <= settings.slowMs;
    const gentler = asksForGentlerPace(outcome);
    const result = { success, timeout: isTimeout(outcome), quick, probe, pauseMs, gentler, startedAt };
    onResult(lane, result, monotonic, settings, random.fraction());
  }

  function onNotMade(slot: Slot, delivery: DueDelivery): void {
    endAttempt(slot, delivery, false);
    buffers.putBack(slot.lane, delivery);
    moved(slot.lane);
    if (attempts.inFlight() === 0) onQuiet?.();
  }

  function endAttempt(slot: Slot, delivery: DueDelivery, made: boolean): void {
    attempts.end(slot, delivery, made);
    lanes.dropEmpty(slot);
  }

  function onSettled(finished: readonly FinishedAttempt[]): void {
    for (const { lane, delivery, settlement } of finished) {
      buffers.settled(lane, delivery, "due" in settlement.next ? settlement.next.due : null);
      moved(lane);
      events.deliveriesWritten?.(lane.number);
    }
    if (attempts.inFlight() === 0) onQuiet?.();
  }

  function onSpilled(lane: Lane, due: number): void {
    buffers.onSpilled(lane, due);
    moved(lane);
  }

  function onSuperseded(lane: Lane, count: number, skipped: NumberRanges): void {
    const { subscription } = lane;
    lane.skipped = withNumbers(lane.skipped, skipped, mostSkipped);
    if (subscription !== null) events.superseded?.(subscription, count);
  }

  function onLoaded(loaded: Iterable<Lane>): void {
    for (const lane of loaded) touch(lane);
  }

  /** Rows of the lane are where they belong: if it was removed, and these were the last, it is forgotten. */
  function moved(lane: Lane): void {
    lanes.dropIfIdle(lane);
    touch(lane);
  }

  function onSubscriptionChanged(lane: Lane): void {
    const { barred: wasBarred, inOrder: wasInOrder, latest: wasLatest, subscription: before } = lane;
    lanes.refresh(lane);
    if (before !== null && lane.subscription !== before) {
      health.onChanged(lane, before);
      if (before.updatedAt !== lane.subscription?.updatedAt) {
        deps.drop(before.endpoint);
        lane.lastHeldUpAt = clock.monotonic();
      }
    }
    if (lane.inOrder !== wasInOrder || lane.latest !== wasLatest) buffers.reload(lane);
    else if (lane.barred && !wasBarred) buffers.unload(lane);
    moved(lane);
  }

  /** Rows that a read brought meanwhile, and those that were cancelled, must not stay in memory. */
  function onWithdrawing(number: number): void {
    const lane = lanes.lane(number);
    onSubscriptionChanged(lane);
    buffers.reload(lane);
  }

  function onRemoved(lane: Lane): void {
    lane.removed = true;
    onSubscriptionChanged(lane);
    if (running()) cancelRemoved.add(lane.number);
  }

  function onEnding(): void {
    wakes.stop();
    onQuiet?.();
  }

  // Start and stop.
  async function start(): Promise<void> {
    const at = now();
    const longest = longestWaits(settings, deps.subscriptions.values());
    const ownership = await owned.begin(() => ledger.acquire(at, settings.spreadMs, longest));
    if (ownership === null) return;
    ownedSince = clock.monotonic();
    recovery.begin(ownership);
    for (const { lane, health: stored } of ownership.healths) {
      if (stored !== null && deps.subscriptions.get(lane) !== undefined) health.restore(lanes.lane(lane), stored, at);
    }
    for (const { lane: number, class: deliveryClass, nextDue } of ownership.lanes) {
      const lane = lanes.lane(number);
      if (deps.subscriptions.get(number) !== undefined) buffers.onDisk(lane, deliveryClass, nextDue);
      else if (!lane.removed) onRemoved(lane);
    }
    withdrawing.add(deps.withdrawals());
    for (const lane of lanes.lanes()) onSubscriptionChanged(lane);
    await recovery.tryMarked(ownership.marked, {
      running,
      lane: lanes.lane,
      hasSlot: turn.hasSlot,
      attempt: attemptAlone,
    });
    changed.endTurnSoon();
  }

  function attemptAlone(lane: Lane, delivery: DueDelivery): void {
    buffers.admit(lane, delivery);
    attempts.start(lane, delivery);
  }

  async function drain(): Promise<void> {
    while (attempts.inFlight() > 0 && alive()) await new Promise<void>((resolve) => (onQuiet = resolve));
    await Promise.all([settler.idle(), buffers.idle(), cancelRemoved.idle(), withdrawing.idle()]);
  }

  async function stop(): Promise<void> {
    await owned.end(drain);
    const inFlight = attempts.inFlight();
    if (inFlight === 0) return;
    const facts = { in_flight: inFlight };
    log.warn("dispatcher.cut", facts, "Attempts were still under way at the stop; they will be made again.");
  }

  return {
    start,
    stop: () => (stopped ??= stop()),
    epoch,
    reserve: buffers.reserve,
    release: buffers.release,
    enqueue: buffers.enqueue,
    readLater: buffers.readLater,
    subscriptionsChanged(organization) {
      for (const lane of lanes.lanesOf(organization)) onSubscriptionChanged(lane);
      changed.endTurnSoon();
    },
    laneRemoved: (number) => onRemoved(lanes.lane(number)),
    openLane(number) {
      const lane = lanes.lane(number);
      const opened = health.open(lane);
      if (opened) touch(lane);
      return opened;
    },
    hasten,
    withdraw(withdrawals) {
      if (running()) withdrawing.add(withdrawals);
    },
    readAgain: (organization) => lanes.lanesOf(organization).forEach(buffers.reload),
    expired(numbers) {
      for (const number of numbers) {
        // Of a lane that was removed nothing is in memory.
        if (lanes.peek(number).subscription !== null) buffers.reload(lanes.lane(number));
      }
    },
    bar: bars.bar,
    idle: () => attempts.inFlight() === 0,
    snapshot() {
      const at = wakes.peek();
      return deliveryStats(lanes.lanes(), at, clock.monotonic(), (lane) => turn.whyIdle(lane, at), {
        running: running(),
        inFlight: attempts.inFlight(),
        settling: settler.unwritten(),
        postponed: shortage.count(),
        slow: scheduler.slow(),
        inMemory: buffers.size(),
      });
    },
    lastStartedAt(number) {
      const lane = lanes.peek(number);
      if (!running() || lane.barred || isBackingOff(lane, clock.monotonic())) return null;
      return lane.lastStartedAt;
    },
    lane(number) {
      if (!alive() || deps.subscriptions.get(number) === undefined) return null;
      return statusOf(lanes.peek(number));
    },
  };
}

const goneReason = "The receiver answered 410 Gone.";
