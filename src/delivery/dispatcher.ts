// From rows to attempts and back. Keeps a lane for every subscription that is owed something, starts attempts in the
// order of the schedule, draws the consequences of their outcomes and books them. It never starts an attempt of a
// delivery that is in flight or final, of a barred lane, or after stop began.

import type { Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../model/attempt.ts";
import type { LaneView } from "../model/lane.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Service } from "../service.ts";
import { type DueDelivery, type Ledger, OwnershipLost } from "../store/ledger.ts";
import { createAlarm } from "./alarm.ts";
import type { Composer } from "./attempt.ts";
import { createBooks, type Entry, type Parking } from "./books.ts";
import type { Caution } from "./caution.ts";
import { createDirectory } from "./directory.ts";
import { figures, type Figures } from "./figures.ts";
import { createGone } from "./gone.ts";
import { createHeld } from "./held.ts";
import type { Intake } from "./intake.ts";
import { isPaused, type Lane, learn, resumesAt, widthOf } from "./lane.ts";
import { laneView } from "./lane-view.ts";
import { createMemory } from "./memory.ts";
import { createPost, type Mission } from "./post.ts";
import { createPostponement } from "./postponement.ts";
import { createReader } from "./reader.ts";
import { createReception } from "./reception.ts";
import { createRemoval } from "./removal.ts";
import type { Send, Shortage } from "./request.ts";
import { consequence, isTimeout, longestWaitMs } from "./retry.ts";
import { createSchedule, type Slot } from "./schedule.ts";
import { type DeliverySettings, deliveryDefaults } from "./settings.ts";
import { createStandings } from "./standing.ts";
import { createSteadyTime } from "./steady-time.ts";
import { careAfter, tryApart } from "./unclean.ts";
import * as windows from "./window.ts";

export interface DispatcherDeps extends Composer {
  readonly ledger: Pick<
    Ledger,
    "own" | "release" | "suspect" | "acquit" | "remember" | "take" | "settle" | "park" | "cancel"
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
  readonly settings?: Partial<DeliverySettings>;
  /** Another owner took over, or nothing can be booked any more: the dispatcher has stopped and the process should end. */
  readonly onFailed?: (error: unknown) => void;
}

export interface Dispatcher extends Service, Intake {
  /** Epoch of this owner; throws before `start` is done. */
  epoch(): number;
  /** Subscriptions of this organization were added or changed: what is disabled now starts nothing more. */
  subscriptionsChanged(organization: string): void;
  /** The subscription is gone: nothing more starts, and what it is owed becomes `cancelled`. */
  laneRemoved(lane: number): void;
  /** Whether no attempt is under way. */
  idle(): boolean;
  snapshot(): Figures;
  /** How a lane stands; null: it has no subscription, or this process is not its owner. */
  lane(number: number): LaneView | null;
}

/** An attempt under way, with the slot it holds. */
interface Flight extends Mission {
  readonly slot: Slot;
  /** It began while the breaker of its lane was open. */
  readonly probe: boolean;
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { ledger, clock, random, log } = deps;
  const settings: DeliverySettings = { ...deliveryDefaults, ...deps.settings };
  const retryEvery = Math.max(Math.round(1 / settings.retryShare), 1);
  const held = createHeld();
  const memory = createMemory(settings, held);
  const time = createSteadyTime(clock, settings.jumpMs);
  const schedule = createSchedule(settings, () => clock.monotonic());
  const post = createPost({ ...deps, settings });
  const postponement = createPostponement({ clock, log, settings, onOver: pumpSoon });
  const directory = createDirectory(deps.subscriptions, schedule, settings.caps.subscription);
  const alarm = createAlarm<Lane>(clock, settings.heartbeatMs, pump);

  /** After an unclean stop. */
  let caution: Caution | null = null;
  /** Suspects are tried apart: nothing else starts. */
  let apart = false;
  let state: "new" | "running" | "stopping" | "ended" = "new";
  let epoch: number | null = null;
  let inFlight = 0;
  let pumping = false;
  let stopped: Promise<void> | null = null;
  let onQuiet: (() => void) | null = null;

  const ownEpoch = (): number => {
    if (epoch === null) throw new Error("The dispatcher has not started: there is no epoch yet.");
    return epoch;
  };
  const running = (): boolean => state === "running";
  const alive = (): boolean => state === "running" || state === "stopping";
  const perseverance = { clock, log, backoffMs: settings.backoffMs, goOn: alive };
  const common = { ...perseverance, ledger, epoch: ownEpoch, now, onFailed: fail };
  const books = createBooks({ ...common, settings, onSettled, onParked });
  const gone = createGone({ ...perseverance, disable: deps.disable, onBarred: evict, onFailed: fail });
  const standings = createStandings({ clock, now, settings, remember: books.remember });
  const removal = createRemoval({
    ...common,
    slice: settings.cancelSlice,
    goOn: running,
  });
  const reader = createReader({
    ...common,
    settings,
    held,
    size: memory.windowSize,
    waitsForRoom,
    takes: (lane) => state === "running" && !lane.barred && !isPaused(lane, clock.monotonic()),
    onRead: touch,
    onDone: pumpSoon,
  });
  const reception = createReception({ clock, directory, held, memory, waitsForRoom, running, park, touch, pumpSoon });

  /** Something about the lane has changed: find out what it can do, wants to read, or waits for. */
  function touch(lane: Lane): void {
    if (state !== "running") return;
    const monotonic = clock.monotonic();
    schedule.place(lane, monotonic);
    if (lane.barred) return alarm.drop(lane);
    const pause = resumesAt(lane) - monotonic;
    if (pause <= 0 && !windows.onDisk(lane.window)) return;
    const at = now();
    if (pause > 0) alarm.set(lane, at + Math.ceil(pause));
    else if (windows.wantsRead(lane.window, memory.windowSize(lane), at)) reader.want(lane);
    else if (lane.window.nextDue > at && lane.window.nextDue < Infinity) alarm.set(lane, lane.window.nextDue);
  }

  /** Once for all that happens in one turn. */
  function pumpSoon(): void {
    if (pumping) return;
    pumping = true;
    queueMicrotask(pump);
  }

  function pump(): void {
    pumping = false;
    if (state !== "running" || apart || postponement.ofAll()) return;
    const at = now();
    for (let lane = alarm.due(at); lane !== undefined; lane = alarm.due(at)) touch(lane);
    while (hasRoom() && !books.stuck()) {
      const lane = schedule.pick();
      if (lane === null) break;
      launch(lane);
    }
    reader.go();
    alarm.arm(at);
  }

  const hasRoom = (): boolean => inFlight + books.open() < settings.caps.overall;

  /** The memory is full and the lane could start nothing. Every attempt that ends has the reader look again. */
  function waitsForRoom(lane: Lane): boolean {
    return memory.full() && !(hasRoom() && schedule.hasRoom(lane) && lane.inFlight < widthOf(lane));
  }

  /** Engine time. Where it has leapt ahead, what became due by that alone is put off first, so that it does not come all
   * at once. */
  function now(): number {
    const at = time.now();
    const leap = time.leap();
    if (leap > 0) {
      for (let lane = alarm.due(at); lane !== undefined; lane = alarm.due(at)) {
        const { window } = lane;
        const late = Math.ceil(random.fraction() * Math.min(settings.spreadMs, leap));
        if (window.nextDue > at - leap && window.nextDue <= at) window.nextDue = at + 1 + late;
        alarm.set(lane, at + 1 + late);
      }
    }
    return at;
  }

  function launch(lane: Lane): void {
    const delivery = windows.next(lane.window, retryEvery);
    if (delivery === undefined) throw new Error("A lane without work was scheduled.");
    depart(lane, delivery);
  }

  function depart(lane: Lane, delivery: DueDelivery): void {
    const admitted = caution?.concerns(lane, delivery) ? caution.admit(lane, delivery.number) : null;
    const slot = schedule.started(lane, delivery.attempts > 0);
    inFlight++;
    if (admitted === null) begin(lane, slot, delivery);
    else void beginCarefully(admitted, lane, slot, delivery);
  }

  function begin(lane: Lane, slot: Slot, delivery: DueDelivery): void {
    const { subscription } = lane;
    if (subscription === null) throw new Error("A lane without a subscription was scheduled.");
    const probe = lane.breaker.open;
    const flight: Flight = { lane, slot, delivery, subscription, probe, startedAt: clock.now() };
    post(flight, (made) => (typeof made === "string" ? postpone(flight, made) : land(flight, made)));
  }

  async function beginCarefully(
    admitted: Promise<boolean>,
    lane: Lane,
    slot: Slot,
    delivery: DueDelivery,
  ): Promise<void> {
    try {
      if ((await admitted) && state === "running" && !lane.barred) begin(lane, slot, delivery);
      else putBack(lane, slot, delivery);
    } catch (error) {
      fail(error);
    }
  }

  function free(slot: Slot): void {
    inFlight--;
    schedule.ended(slot);
    directory.left(slot);
  }

  /** The lane was barred, or the stop began, before the attempt did. */
  function putBack(lane: Lane, slot: Slot, delivery: DueDelivery): void {
    free(slot);
    caution?.notMade(lane, delivery.number);
    lane.window.away--;
    if (held.get(delivery.number) === false) park(lane, [delivery]);
    else if (delivery.attempts === 0) windows.parkedFirst(lane.window, delivery.due);
    else windows.parkedRetry(lane.window, delivery.due);
    reader.release(delivery.number);
    directory.tidy(lane);
    if (inFlight === 0) onQuiet?.();
    touch(lane);
    pumpSoon();
  }

  function postpone({ lane, slot, delivery }: Flight, shortage: Shortage): void {
    if (!alive()) return;
    postponement.note(lane, shortage);
    putBack(lane, slot, delivery);
  }

  function land({ lane, slot, delivery, subscription, probe, startedAt }: Flight, outcome: Outcome): void {
    if (!alive()) return;
    free(slot);
    caution?.over(lane, delivery.number);
    const attempt = delivery.attempts + 1;
    const rule = { ...settings, delays: subscription.lane.retryDelays ?? settings.retryDelays };
    const { next, disable, pauseMs } = consequence(outcome, attempt, rule, random.fraction());
    const monotonic = clock.monotonic();
    const success = "state" in next && next.state === "delivered";
    const quick = monotonic - slot.startedAt <= settings.slowMs;
    if (!success) lane.lastFailure = { code: outcome.code, status: outcome.status, at: now() };
    const lesson = { success, timeout: isTimeout(outcome), quick, probe, pauseMs };
    learn(lane, lesson, monotonic, settings, random.fraction());
    books.settle({
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
    standings.keep(lane, "delayMs" in next);
    if (disable) gone(lane, subscription);
    else if (resumesAt(lane) - monotonic >= settings.evictMs) evict(lane);
    touch(lane);
    pumpSoon();
  }

  function onSettled(entries: readonly Entry[]): void {
    for (const { lane, delivery, settlement } of entries) {
      lane.window.away--;
      reader.release(delivery.number);
      if ("due" in settlement.next) windows.parkedRetry(lane.window, settlement.next.due);
      directory.tidy(lane);
      touch(lane);
    }
    if (inFlight === 0) onQuiet?.();
    pumpSoon();
  }

  function onParked({ lane, due }: Parking): void {
    lane.window.parking--;
    windows.parkedFirst(lane.window, due);
    directory.tidy(lane);
    touch(lane);
    pumpSoon();
  }

  function park(lane: Lane, deliveries: readonly DueDelivery[]): void {
    const [oldest] = deliveries;
    if (oldest === undefined || lane.removed) return;
    lane.window.parking++;
    books.park({ lane, deliveries: deliveries.map(({ number }) => number), due: oldest.due });
  }

  function evict(lane: Lane): void {
    park(lane, windows.evict(lane.window, held));
    schedule.place(lane, clock.monotonic());
  }

  /** Takes over what the directory says of the lane now. */
  function refresh(lane: Lane): void {
    const { barred: wasBarred, subscription: before } = lane;
    directory.refresh(lane);
    if (before !== null && lane.subscription !== before) {
      standings.changed(lane, before);
      if (before.updatedAt !== lane.subscription?.updatedAt) {
        deps.drop(before.endpoint.url);
        lane.freeSince = clock.monotonic();
      }
    }
    if (lane.barred && !wasBarred) evict(lane);
    touch(lane);
  }

  /** Rejects never: what could not be noted is tried later, with care. */
  async function tryAllApart(suspects: readonly DueDelivery[]): Promise<void> {
    apart = true;
    await tryApart(suspects, {
      ...common,
      mostMs: settings.apartMostMs,
      running,
      lane: directory.lane,
      hasRoom: (lane) => hasRoom() && schedule.hasRoom(lane),
      async attempt(lane, delivery) {
        held.add(delivery, true);
        lane.window.away++;
        depart(lane, delivery);
        await caution?.cleared(delivery.number);
      },
    }).catch((error: unknown) => {
      log.error({ err: error }, "What may have ended the process before could not be tried apart.");
    });
    apart = false;
  }

  function fail(error: unknown): void {
    if (state === "ended") return;
    state = "ended";
    alarm.stop();
    onQuiet?.();
    if (error instanceof OwnershipLost) log.error({ err: error }, "Another owner has taken over: delivery stops here.");
    else log.error({ err: error }, "Delivery cannot go on.");
    deps.onFailed?.(error);
  }

  async function drain(): Promise<void> {
    const quiet = () => inFlight === 0 || !alive();
    while (!quiet()) await new Promise<void>((resolve) => (onQuiet = resolve));
    await Promise.all([books.settled(), reader.settled(), removal.settled()]);
  }

  async function release(): Promise<void> {
    try {
      await ledger.release(ownEpoch(), now());
    } catch (error) {
      log.warn({ err: error }, "The stop could not be noted: the next start will be careful.");
    }
  }

  async function end(): Promise<void> {
    if (state === "ended") return;
    const began = state === "running";
    state = began ? "stopping" : "ended";
    alarm.stop();
    postponement.stop();
    if (!began) return;
    let cancel = () => {};
    const patience = new Promise<void>((resolve) => (cancel = clock.after(settings.drainMs, resolve)));
    await Promise.race([drain(), patience]);
    cancel();
    if (inFlight > 0) log.warn({ inFlight }, "Attempts were still under way at the stop; they will be made again.");
    if (alive()) await release();
    state = "ended";
  }

  return {
    async start() {
      const at = now();
      const farthestMs = longestWaitMs(settings, deps.subscriptions.values());
      const owned = await ledger.own(at, settings.spreadMs, farthestMs);
      epoch = owned.epoch;
      // The stop came first: nothing was begun, so what the owner before left undone is left as it was.
      if (state !== "new") return;
      state = "running";
      caution = careAfter(owned, { ...common, slowMs: settings.slowMs });
      for (const { lane, standing } of owned.standings) {
        if (standing !== null && deps.subscriptions.get(lane) !== undefined) {
          standings.recall(directory.lane(lane), standing, at);
        }
      }
      for (const { lane: number, nextDue } of owned.lanes) {
        const lane = directory.lane(number);
        if (deps.subscriptions.get(number) === undefined) {
          lane.removed = true;
          removal.add(number);
          continue;
        }
        if (nextDue <= at) windows.parkedFirst(lane.window, nextDue);
        else windows.parkedRetry(lane.window, nextDue);
      }
      for (const lane of directory.lanes()) {
        refresh(lane);
        directory.tidy(lane);
      }
      await tryAllApart(owned.suspects);
      pumpSoon();
    },
    stop: () => (stopped ??= end()),
    epoch: ownEpoch,

    ...reception,

    subscriptionsChanged(organization) {
      for (const lane of directory.lanesOf(organization)) refresh(lane);
      pumpSoon();
    },
    laneRemoved(number) {
      const lane = directory.lane(number);
      lane.removed = true;
      refresh(lane);
      directory.tidy(lane);
      if (state === "running") removal.add(number);
    },
    idle: () => inFlight === 0,
    snapshot: () =>
      figures(directory.lanes(), now(), clock.monotonic(), {
        running: state === "running",
        inFlight,
        booking: books.open(),
        postponed: postponement.count(),
        slow: schedule.slow(),
        inMemory: held.size,
      }),
    lane: (number) =>
      alive() && deps.subscriptions.get(number) !== undefined
        ? laneView(directory.look(number), now(), clock.monotonic())
        : null,
  };
}
