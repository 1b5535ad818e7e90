// Works off replay jobs in slices, each at its pace. A slice is one transaction of the store, which also moves the job, so that
// what a stop or a crash cuts off goes on at the same event. Never attempts anything: its deliveries are rows of the lane, of
// the lowest class.

import type { Clock } from "../clock.ts";
import { createBackgroundLoop } from "../delivery/background-loop.ts";
import type { Enqueuer } from "../delivery/enqueue-port.ts";
import type { Log } from "../log.ts";
import type { Replay } from "../model/replay.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { Service } from "../service.ts";
import type { ReplayStore } from "../store/replays.ts";
import type { Epoch } from "../store/shards.ts";
import { createScan, type Match, type Scan, type ScanDeps } from "./scan.ts";

export interface ReplaysDeps extends Omit<ScanDeps, "now"> {
  readonly store: Pick<ReplayStore, "openReplays" | "replayJob" | "advanceReplay" | "cancelReplayed">;
  readonly organizations: Pick<Organizations, "get" | "subscription">;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: () => Epoch;
  readonly readLater: Enqueuer["readLater"];
  /** The lane starts nothing until what this returns is called. */
  readonly bar: (lane: number) => () => void;
}

export interface Replays extends Service {
  /** The job is new, or was changed: it goes on from here. */
  note(replay: Replay): void;
  /** Resolves when no job is left to work on. */
  idle(): Promise<void>;
}

/** Deliveries of one slice: so many that a slice is due five times a second, and no commit waits long for it. */
const sliceRows = (perSecond: number): number => Math.min(Math.max(Math.ceil(perSecond / 5), 1), 500);
/** The lane stands still for so many at a time. */
const cancelRows = 2_000;
/** So much of its pace a job may make up for, after a time in which it found nothing. */
const mostCatchUpMs = 1_000;
/** A job that finds nothing for long says at least so often how far it is. */
const saveEveryMs = 1_000;
/** Pause of a job whose subscription is not known yet, and between two slices that cancel. */
const lookAgainMs = 500;
const cancelGapMs = 100;

interface Work {
  replay: Replay;
  /** As the scan matches it; a change of it begins the scan anew. */
  subscription: Subscription | null;
  scan: Scan | null;
  /** Found and not written. */
  found: Match[];
  reached: number;
  reachedAt: number | null;
  isEnd: boolean;
  /** Monotonic ms: when its next slice may go, and when its position was last written. */
  nextAt: number;
  savedAt: number;
}

export function createReplays(deps: ReplaysDeps): Replays {
  const { store, organizations, clock, log, epoch } = deps;
  const scanDeps: ScanDeps = { ...deps, now: clock.now };
  const jobs = new Map<number, Work>();
  let running = false;

  function note(replay: Replay): void {
    if (replay.endedAt !== null) return void jobs.delete(replay.number);
    const now = clock.monotonic();
    const nextAt = jobs.get(replay.number)?.nextAt ?? now;
    jobs.set(replay.number, { ...nothingFound, found: [], replay, nextAt, savedAt: now, reached: replay.position });
    loop.wake();
    loop.hurry();
  }

  /** The job whose turn it is: a slice of it, or a look for its next one. */
  async function step(): Promise<number | null> {
    const now = clock.monotonic();
    const all = [...jobs.values()];
    const work = all.find(({ nextAt }) => nextAt <= now);
    if (work === undefined) return all.length === 0 ? null : Math.min(...all.map(({ nextAt }) => nextAt)) - now;
    // The others first, before it has another.
    jobs.delete(work.replay.number);
    jobs.set(work.replay.number, work);
    await (work.replay.state === "cancelling" ? cancelSome(work) : advance(work));
    return 0;
  }

  async function advance(work: Work): Promise<void> {
    const subscription = organizations.subscription(work.replay.lane) ?? null;
    // The store knows whether it was removed, and ends the job then.
    if (subscription === null) return askIfRemoved(work);
    if (work.scan === null || work.subscription !== subscription) await begin(work, subscription);
    const rows = sliceRows(work.replay.perSecond);
    if (work.found.length < rows && !work.isEnd) await look(work);
    const isDue = clock.monotonic() - work.savedAt >= saveEveryMs;
    if (work.found.length >= rows || work.isEnd || isDue) await write(work, work.found.slice(0, rows));
  }

  async function begin(work: Work, subscription: Subscription): Promise<void> {
    const { start, upTo, position: after } = work.replay;
    const scan = await createScan(scanDeps, { subscription, criteria: work.replay, start, after, upTo });
    Object.assign(work, { ...nothingFound, found: [], scan, subscription, reached: after });
  }

  async function look(work: Work): Promise<void> {
    const { matches, reached, reachedAt, isEnd } = await work.scan!();
    work.found.push(...matches);
    [work.reached, work.isEnd] = [reached, isEnd];
    work.reachedAt = reachedAt ?? work.reachedAt;
  }

  async function askIfRemoved(work: Work): Promise<void> {
    const { number: job, position, scannedUntil } = work.replay;
    const unmoved = { job, after: position, position, scannedUntil, deliveries: [], isLast: false };
    const done = await store.advanceReplay(epoch(), unmoved, clock.now());
    work.nextAt = clock.monotonic() + lookAgainMs;
    if (jobs.get(job) !== work) return;
    if (done === null) return readAnew(work);
    Object.assign(work, { ...nothingFound, found: [] });
    take(work, done.replay);
  }

  /** Writes a slice, unless it would say nothing new. */
  async function write(work: Work, slice: readonly Match[]): Promise<void> {
    const { replay } = work;
    const isRest = slice.length < work.found.length;
    const isLast = work.isEnd && !isRest;
    const [position, scannedUntil] = isRest
      ? [slice.at(-1)!.event.number, slice.at(-1)!.event.acceptedAt]
      : [work.reached, work.reachedAt ?? replay.scannedUntil];
    work.savedAt = clock.monotonic();
    if (position === replay.position && !isLast) return;
    const deliveries = slice.map(({ event, variant }) => ({ event: event.number, variant }));
    const at = clock.now();
    const moved = { job: replay.number, after: replay.position, position, scannedUntil, deliveries, isLast };
    const done = await store.advanceReplay(epoch(), moved, at);
    // It was cancelled or changed meanwhile.
    if (jobs.get(replay.number) !== work) return;
    if (done === null) return readAnew(work);
    work.found.splice(0, slice.length);
    work.nextAt = Math.max(work.nextAt, work.savedAt - mostCatchUpMs) + (slice.length * 1_000) / replay.perSecond;
    if (done.replay.added > replay.added) deps.readLater(replay.lane, "replay", at);
    take(work, done.replay);
  }

  async function cancelSome(work: Work): Promise<void> {
    const { number, lane } = work.replay;
    // No attempt may begin of what is cancelled in this moment.
    const unbar = deps.bar(lane);
    const done = await store.cancelReplayed(epoch(), number, clock.now(), cancelRows).finally(unbar);
    if (jobs.get(number) !== work) return;
    work.nextAt = clock.monotonic() + cancelGapMs;
    if (done === null) return readAnew(work);
    take(work, done);
  }

  function take(work: Work, replay: Replay): void {
    work.replay = replay;
    if (replay.endedAt === null) return;
    jobs.delete(replay.number);
    const { id, subscription, added, state, reason } = replay;
    log.info("replay.ended", { replay: id, subscription, added, state, reason }, "A replay is at its end.");
  }

  /** The job stands elsewhere: it was cancelled, or a slice was written whose answer was lost, and nobody has told its lane. */
  async function readAnew({ replay }: Work): Promise<void> {
    if (organizations.subscription(replay.lane) !== undefined) deps.readLater(replay.lane, "replay", clock.now());
    const now = await store.replayJob(replay.id, replay.organization);
    if (now === null) jobs.delete(replay.number);
    else note(now);
  }

  const loop = createBackgroundLoop(step, "A replay could not go on; trying again.", {
    clock,
    log,
    backoffMs: { first: 100, most: 10_000 },
    keepTrying: () => running,
    // The dispatcher says so.
    onFailed: () => (running = false),
  });

  return {
    async start() {
      running = true;
      for (const replay of await store.openReplays()) note(replay);
    },
    stop() {
      running = false;
      loop.hurry();
      return loop.idle();
    },
    note,
    idle: loop.idle,
  };
}

const nothingFound = { scan: null, subscription: null, reachedAt: null, isEnd: false } as const;
