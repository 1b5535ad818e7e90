// Heartbeats: a subscription that asked for them, and to which nothing was sent for so long, is told the last number that it was given.
// They go the way of every request (signed, judged by the guard, one deadline), and beside the lanes: no row, no attempt, no health
// and no figure knows of them, and what a receiver answers has no consequences.

import type { Clock, Random } from "../clock.ts";
import type { DialectName } from "../model/event.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Service } from "../service.ts";
import type { Ledger } from "../store/ledger.ts";
import { type Composer, heartbeatRequest, prepare, type Timeouts } from "./attempt/attempt.ts";
import type { Send } from "./attempt/request.ts";
import { createCounts } from "./structures/counts.ts";
import { createTimerQueue } from "./structures/timer-queue.ts";

export interface HeartbeatsDeps extends Composer {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly send: Send;
  readonly settings: Timeouts;
  readonly ledger: Pick<Ledger, "lastSequences">;
  readonly subscription: (lane: number) => Subscription | undefined;
  /** Monotonic ms at which an attempt of the lane last began; null: the lane starts nothing now, by an act of its owner or because
   * of its receiver. */
  readonly lastStartedAt: (lane: number) => number | null;
  readonly newId: () => string;
  /** The body that goes to a subscription of this dialect. `at`: epoch ms. */
  readonly bodyOf: (dialect: DialectName, id: string, sequence: number, at: number) => string;
}

export interface Heartbeats extends Service {
  /** These subscriptions are new, or may have changed. */
  note(subscriptions: Iterable<Subscription>): void;
}

interface Beat {
  readonly lane: number;
  wakeAt: number;
  /** Monotonic ms of the last heartbeat. */
  sentAt: number;
}

/** Under way at most; the others wait for one of them. Of one organization so many, so that silent receivers of one take no slot
 * from another's. */
const mostAtOnce = 64;
const mostOfOne = 8;
/** The store cannot tell the numbers: again after this. */
const againMs = 5_000;
const checkMs = 60_000;

export function createHeartbeats(deps: HeartbeatsDeps): Heartbeats {
  const { clock, random, subscription } = deps;
  const beats = new Map<number, Beat>();
  const timers = createTimerQueue<Beat>(clock, checkMs, onTime);
  /** Whose time has come. */
  let ready: Beat[] = [];
  let underWay = 0;
  const byOrganization = createCounts<string>();
  let isAsking = false;
  let stopped = false;

  /** 0: it wants none. */
  const intervalOf = (lane: number): number => (subscription(lane)?.heartbeatS ?? 0) * 1000;

  function onTime(): void {
    const now = clock.monotonic();
    for (let beat = timers.due(now); beat !== undefined; beat = timers.due(now)) {
      const interval = intervalOf(beat.lane);
      if (interval === 0) {
        beats.delete(beat.lane);
        continue;
      }
      const startedAt = deps.lastStartedAt(beat.lane);
      const next = startedAt === null ? now + interval : Math.max(startedAt, beat.sentAt) + interval;
      if (next > now) timers.set(beat, next);
      else ready.push(beat);
    }
    void sendReady();
    if (!stopped) timers.arm(now);
  }

  async function sendReady(): Promise<void> {
    if (isAsking || stopped) return;
    const some = takeReady();
    if (some.length === 0) return;
    isAsking = true;
    const numbers = await deps.ledger.lastSequences(some.map(({ lane }) => lane)).catch(() => null);
    isAsking = false;
    const now = clock.monotonic();
    for (const [index, beat] of some.entries()) {
      timers.set(beat, now + (numbers === null ? againMs : intervalOf(beat.lane)));
      if (numbers !== null && !stopped) void sendOne(beat, numbers[index]!);
    }
    if (!stopped) timers.arm(now);
    void sendReady();
  }

  /** In their order, but for those whose organization has its part under way. */
  function takeReady(): readonly Beat[] {
    const [some, rest]: [Beat[], Beat[]] = [[], []];
    const room = mostAtOnce - underWay;
    if (room <= 0) return some;
    const taken = createCounts<string>();
    for (const [index, beat] of ready.entries()) {
      if (some.length >= room) {
        ready = rest.concat(ready.slice(index));
        return some;
      }
      const of = subscription(beat.lane)?.organization ?? "";
      const own = byOrganization.of(of) + taken.of(of);
      if (own >= mostOfOne) rest.push(beat);
      else {
        some.push(beat);
        taken.add(of);
      }
    }
    ready = rest;
    return some;
  }

  async function sendOne(beat: Beat, last: number): Promise<void> {
    const to = subscription(beat.lane);
    // Meanwhile it may have been removed or held.
    if (to === undefined || deps.lastStartedAt(beat.lane) === null) return;
    beat.sentAt = clock.monotonic();
    underWay++;
    byOrganization.add(to.organization);
    try {
      const prepared = prepare(to, deps, deps.settings);
      const at = clock.now();
      const id = deps.newId();
      const body = deps.bodyOf(to.dialect, id, last, at);
      const { dialect } = to;
      const made = heartbeatRequest(prepared, { id, dialect, body }, last === 0 ? null : last, deps, at);
      if (prepared.refused === null) await deps.send(made);
    } catch {
      // The next delivery fails in the same way, and says so.
    } finally {
      underWay--;
      byOrganization.remove(to.organization);
      void sendReady();
    }
  }

  return {
    note(subscriptions) {
      const now = clock.monotonic();
      for (const { number: lane } of subscriptions) {
        const interval = intervalOf(lane);
        if (interval === 0 || stopped) continue;
        let beat = beats.get(lane);
        if (beat === undefined) beats.set(lane, (beat = { lane, wakeAt: Infinity, sentAt: -Infinity }));
        // Those that are noted at the start of the server are not all due at once.
        timers.set(beat, now + interval * (1 + random.fraction() / 10));
      }
      timers.arm(now);
    },
    start: async () => undefined,
    async stop() {
      stopped = true;
      ready = [];
      timers.stop();
    },
  };
}
