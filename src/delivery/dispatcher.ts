// From rows to attempts and back: one handler for each thing that happens. It touches the lane, and the end of the turn starts
// what may start. No attempt starts of a delivery that is under way or final, of a lane that is barred, or after the stop began.
// A delivery's path: enqueue.ts → a row in its lane's buffer → turn.end: scheduler.pick its lane, buffers.next the row →
// attempts.start → onFinished: its slot is free → settler → ledger.settle → onSettled: final, or due again [docs/engine.md].

import type { Outcome } from "../model/attempt.ts";
import { mostSkipped, type NumberRanges, withNumbers } from "../model/number-ranges.ts";
import type { DueDelivery } from "../store/owed.ts";
import { longestWaits } from "./attempt/retry-policy.ts";
import { type Attempt, createAttempts } from "./attempts.ts";
import type { Dispatcher, DispatcherDeps } from "./dispatcher-port.ts";
import { createEngineView } from "./engine-view.ts";
import { createBars } from "./lane/bars.ts";
import { createBuffers } from "./lane/buffers.ts";
import { createChangedLanes } from "./lane/changed-lanes.ts";
import { createHastening } from "./lane/hasten.ts";
import { createLaneHealth } from "./lane/health.ts";
import type { Lane } from "./lane/lane.ts";
import { createLanes } from "./lane/lanes.ts";
import { createLocalShortage } from "./lane/local-shortage.ts";
import { createScheduler, type Slot } from "./lane/scheduler.ts";
import { createSharedSlots } from "./lane/shared-slots.ts";
import { createWakeQueue } from "./lane/wake-queue.ts";
import { createOutcomes } from "./outcomes.ts";
import { createOwnedLanes } from "./ownership.ts";
import { createCrashRecovery } from "./recovery/crash-recovery.ts";
import { type DeliverySettings, deliveryDefaults } from "./settings.ts";
import { createCancelRemoved } from "./settle/cancel-removed.ts";
import { createDisableLane } from "./settle/disable-lane.ts";
import { createSettler, type FinishedAttempt } from "./settle/settler.ts";
import { createWithdrawing } from "./settle/withdraw.ts";
import { createSubscriptionChanges } from "./subscription-changes.ts";
import { createTurn } from "./turn.ts";

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { ledger, clock, random, log, events = {} } = deps;
  const settings: DeliverySettings = { ...deliveryDefaults, ...deps.settings };
  let stopped: Promise<void> | null = null;
  let onQuiet: (() => void) | null = null;
  let ownedSince = clock.monotonic();
  let upTo = 0;

  // The stations.
  const owned = createOwnedLanes({
    ...deps,
    drainMs: settings.drainMs,
    onEnding,
    onFailed(error) {
      leaveOthers();
      deps.onFailed?.(error);
    },
  });
  const { running, alive, epoch } = owned;
  const shared = deps.shared ?? createSharedSlots({ hostCap: settings.caps.host });
  const part = shared.join();
  const sharing = { shared, part };
  const scheduler = createScheduler(settings, () => clock.monotonic(), shared, part);
  const lanes = createLanes({
    ...deps,
    shared,
    scheduler,
    onHostFree(host) {
      scheduler.wake(host);
      changed.endTurnSoon();
    },
    usualCap: settings.caps.subscription,
    monotonic: () => clock.monotonic(),
    ownedSince: () => ownedSince,
    isHeldBack,
  });
  const changed = createChangedLanes(() => turn.end());
  const wakes = createWakeQueue({ clock, random, settings, onTime: () => turn.end() });
  const { touch } = changed;
  part.endTurnSoon = changed.endTurnSoon;
  const { now } = wakes;
  const background = { clock, log, backoffMs: settings.backoffMs, keepTrying: alive, onFailed: owned.fail };
  const owner = { ...background, ledger, epoch, now, settings };
  const recovery = createCrashRecovery(owner);
  const settler = createSettler({ ...owner, onSettled, onSpilled });
  const health = createLaneHealth({ clock, now, settings, remember: settler.remember });
  const couldStart = (lane: Lane): boolean => turn.couldStart(lane);
  const heard = { touch, onLoaded, onSuperseded };
  const buffers = createBuffers({ ...owner, ...heard, ...sharing, lanes, running, couldStart, spill: settler.spill });
  const attempts = createAttempts({ ...deps, settings, scheduler, recovery, running, onFinished, onNotMade });
  const shortage = createLocalShortage({ clock, log, sayEveryMs: settings.heartbeatMs });
  const written = (lane: number): void => events.deliveriesWritten?.(lane);
  const cancelling = { slice: settings.cancelSlice, keepTrying: running, onCancelled: written };
  const cancelRemoved = createCancelRemoved({ ...owner, ...cancelling });
  const withdrawing = createWithdrawing({ ...owner, keepTrying: running, onChanged: onHeldBack });
  const bars = createBars(onHeldBack);
  const disableLane = createDisableLane({ ...background, disable: deps.disable });
  const hasten = createHastening({ ...owner, lanes, buffers, touch, slice: settings.cancelSlice, running });
  const cap = settings.caps.overall;
  const turn = createTurn({
    clock,
    cap,
    owned,
    changed,
    wakes,
    scheduler,
    buffers,
    attempts,
    settler,
    recovery,
    ...sharing,
  });
  const { subscriptions, drop } = deps;
  const stations = { clock, lanes, health, buffers, settler, shortage, owned, wakes, turn, attempts, scheduler };
  const view = createEngineView({ ...stations, subscriptions });
  const onChange = createSubscriptionChanges({ ...stations, drop, cancel, onMoved: moved });
  const { statusOf } = view;
  const follow = createOutcomes({
    ...stations,
    random,
    now,
    settings,
    events,
    disableLane,
    statusOf,
    touch,
    endAttempt,
    onNotMade,
  });

  // What happens. Accepted deliveries come through enqueue-port.ts, behind which stands lane/enqueue.ts.

  /** The receiver has answered, or not. A crash between this and `onSettled` makes the attempt again. */
  function onFinished(attempt: Attempt, outcome: Outcome): void {
    if (alive()) follow(attempt, outcome);
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
    shared.freed(part);
  }

  function onSettled(finished: readonly FinishedAttempt[]): void {
    for (const { lane, delivery, settlement } of finished) {
      buffers.settled(lane, delivery, "due" in settlement.next ? settlement.next.due : null);
      moved(lane);
      written(lane.number);
    }
    shared.freed(part);
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

  function isHeldBack(lane: number): boolean {
    return withdrawing.concerns(lane) || bars.has(lane);
  }

  /** Rows of the lane are about to be cancelled, or were. */
  function onHeldBack(lane: number): void {
    onChange.heldBack(lane);
    if (!isHeldBack(lane)) written(lane);
  }

  /** What a removed lane is owed. */
  function cancel(lane: number): void {
    if (running()) cancelRemoved.add(lane);
  }

  function onEnding(): void {
    wakes.stop();
    onQuiet?.();
  }

  // Start and stop.
  async function start(): Promise<void> {
    const at = now();
    const longest = longestWaits(settings, deps.subscriptions.values());
    const ownership = await owned.begin(() => ledger.acquire(at, settings.spreadMs, longest, deps.shards));
    if (ownership === null) return;
    upTo = ownership.upTo;
    await deps.caughtUp?.();
    ownedSince = clock.monotonic();
    recovery.begin(ownership);
    for (const { lane, health: stored } of ownership.healths) {
      if (stored !== null && deps.subscriptions.get(lane) !== undefined) health.restore(lanes.lane(lane), stored);
    }
    for (const { lane: number, class: deliveryClass, nextDue } of ownership.lanes) {
      const lane = lanes.lane(number);
      if (deps.subscriptions.get(number) !== undefined) buffers.onDisk(lane, deliveryClass, nextDue);
      else if (!lane.removed) onChange.removed(lane);
    }
    withdrawing.add(deps.withdrawals());
    for (const lane of lanes.lanes()) onChange.subscription(lane);
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

  /** What it held is free for the other dispatchers. */
  function leaveOthers(): void {
    lanes.leaveHosts();
    shared.leave(part);
  }

  async function stop(): Promise<void> {
    await owned.end(drain);
    leaveOthers();
    const inFlight = attempts.inFlight();
    if (inFlight === 0) return;
    const facts = { in_flight: inFlight };
    log.warn("dispatcher.cut", facts, "Attempts were still under way at the stop; they will be made again.");
  }

  return {
    start,
    stop: () => (stopped ??= stop()),
    epoch,
    owns: () => (running() ? { epoch: epoch(), upTo } : null),
    reserve: buffers.reserve,
    release: buffers.release,
    enqueue: buffers.enqueue,
    readLater: buffers.readLater,
    subscriptionsChanged(organization) {
      for (const lane of lanes.lanesOf(organization)) onChange.subscription(lane);
      changed.endTurnSoon();
    },
    laneRemoved: (number) => onChange.removed(lanes.lane(number)),
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
    readAgain(organization) {
      lanes.lanesOf(organization).forEach(buffers.reload);
      if (events.deliveriesWritten === undefined) return;
      for (const { number, organization: of } of deps.subscriptions.values()) if (of === organization) written(number);
    },
    expired(numbers) {
      for (const number of numbers) {
        written(number);
        // Of a lane that was removed nothing is in memory.
        if (lanes.peek(number).subscription !== null) buffers.reload(lanes.lane(number));
      }
    },
    bar: bars.bar,
    idle: () => attempts.inFlight() === 0,
    snapshot: view.snapshot,
    lastStartedAt: view.lastStartedAt,
    lane: view.lane,
  };
}
