// Reads the observation log in order of acceptance, lets sensing work out what it means, and writes what follows: events,
// deliveries, minutes, what sensing must remember and how far it got, in one transaction. A timer does the same for what follows
// from time alone. Killed at any moment it goes on where it was, and what it had written it does not write twice.

import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Log } from "../../log.ts";
import type { Cancel, Clock } from "../../clock.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Tracing } from "../../model/tracing.ts";
import type { Organizations } from "../../organizations/organizations.ts";
import type { Sensing } from "../../sensing/sensing.ts";
import type { Service } from "../../service.ts";
import type { LogPart } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";
import { OwnershipLost } from "../../store/ownership.ts";
import type { Epoch, Shards } from "../../store/shards.ts";
import { type Act, createActs, stopped } from "./acts.ts";
import { foldBatch } from "./fold-batch.ts";
import { performActs } from "./perform-acts.ts";
import { readAgain } from "./read-again.ts";
import { createRereadMark } from "./reread-mark.ts";
import { createRounds } from "./rounds.ts";
import { type Conclusion, createSensings } from "./sensings.ts";
import { createWriter } from "./writer.ts";

export interface LogProcessorDeps {
  readonly ledger: Ledger;
  readonly organizations: Organizations;
  readonly dialects: readonly Dialect[];
  readonly enqueuer: Enqueuer;
  readonly clock: Clock;
  readonly log: Log;
  readonly newEventId: () => string;
  readonly events?: EngineEvents;
  readonly tracing?: Tracing;
  /** Whose observations it folds; default: all. */
  readonly shards?: Shards;
  /** Epoch of the owner; a log processor that has lost it stops. */
  readonly epoch: () => Epoch;
}

export interface LogProcessor extends Service {
  /** The log now reaches up to this position. */
  wake(position: number): void;
  /** Resolves when everything logged before the call has been folded. */
  settled(): Promise<void>;
  /** How many observations are logged and not folded yet, as far as this process knows. Asks the store where there are some. */
  backlog(): Promise<number>;
  /** Events that were not stored because nobody takes their type, since start. */
  unstored(): number;
  /** The sensing of an organization, as far as it has folded; undefined: nothing was sensed there yet. To read only. */
  sensing(organization: string): Sensing | undefined;
  /** The organization was removed: another one of this id begins anew. */
  forget(organization: string): void;
  /** Changes the sensing of an organization between two batches, once the log is read to its end, so that nothing else works
   * on it. Resolves once the change is durable. null: the organization has no building model. UNAVAILABLE: the server stops
   * before, so it may not be done. */
  act<Result>(organization: string, work: Act<Result>): Promise<Result | null>;
}

const batchSize = 512;
/** Observations folded together were accepted within so much, ms: twice that, and the time for which a minute is open, is less
 * than what is read again after a restart [reread-mark.ts]. */
const batchMs = 30_000;
const retryMs = 1_000;
/** Late minutes computed again before the log is looked at once more; one while observations are piling up. */
const lateAtOnce = 4;
/** The timer waits no less, ms: what is due together is done together. */
const leastWaitMs = 100;
/** Nor more, ms: the wall clock may have been set meanwhile, which no timer notices. */
const longestWaitMs = 600_000;
/** While observations keep coming, what follows from time is looked at so often, ms. */
const lookEveryMs = 1_000;

export function createLogProcessor(deps: LogProcessorDeps): LogProcessor {
  const { ledger, organizations, clock, log } = deps;
  const sensings = createSensings(deps.dialects);
  const reread = createRereadMark();
  const acts = createActs();
  let position = 0;
  let logged = 0;
  let started = false;
  let stopping = false;
  let running: Promise<void> | null = null;
  let again = false;
  let failed: { error: unknown } | null = null;
  let cancelTimer: Cancel | null = null;
  let lookedAt = 0;

  const writer = createWriter({
    ...deps,
    sensings,
    rereadFrom: () => reread.position(),
    isStopping: () => stopping,
    pause: () => pause(retryMs),
    report,
  });

  /** False: not before the stop. */
  async function write(
    conclusions: readonly Conclusion[],
    touched: Iterable<string>,
    observations = 0,
    upTo = position,
  ): Promise<boolean> {
    const isWritten = await writer.write(conclusions, touched, observations, upTo);
    if (isWritten) position = upTo;
    return isWritten;
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

  const rounds = createRounds({
    ledger,
    organizations,
    sensings,
    log,
    breathe: () => pause(0),
    write: (conclusions, touched) => write(conclusions, touched),
  });

  async function fold(batch: readonly LoggedObservation[]): Promise<void> {
    const span = deps.tracing?.fold(batch.length, () => tracesOf(batch)) ?? null;
    try {
      const { conclusions, touched, upTo, failure } = await foldBatch({ organizations, sensings, reread, log }, batch);
      if (upTo !== null) {
        const folded = batch.filter((each) => each.position <= upTo);
        if (await write(conclusions, touched, folded.length, upTo)) tellSensed(folded);
      }
      if (failure !== null) throw failure.error;
      span?.end(conclusions.length);
    } catch (error) {
      span?.fail(error);
      throw error;
    }
  }

  function tellSensed(folded: readonly LoggedObservation[]): void {
    if (deps.events?.sensed === undefined) return;
    for (const each of folded) deps.events.sensed?.(each.organization, each.observation);
  }

  /** What follows from time alone up to `now`, and late minutes. True: there was more than is done at once. */
  function advance(now: number, lateMinutes: number): Promise<boolean> {
    lookedAt = now;
    return rounds.advance(now, position, lateMinutes);
  }

  /** What others asked to be done. */
  const perform = (): Promise<void> =>
    performActs(acts.take(), {
      organizations,
      sensings,
      now: () => clock.now(),
      position,
      write: (conclusions, touched) => write(conclusions, touched),
    });

  /** True: there is more to do now. */
  async function step(): Promise<boolean> {
    again = false;
    const batch = await ledger.readObservations(position, batchSize, partOf(deps.shards, false));
    if (batch.length === 0) {
      const hasMore = await advance(clock.now(), lateAtOnce);
      await perform();
      return hasMore || again || !acts.isEmpty();
    }
    // Whoever is not in the log any more is looked at before the mark moves on, behind which nothing is read again.
    const { acceptedAt: begins } = batch[0]!;
    if (begins >= lookedAt + batchMs) await advance(begins, 0);
    const later = batch.findIndex((each) => each.acceptedAt > begins + batchMs);
    await fold(later < 0 ? batch : batch.slice(0, later));
    // Everything accepted before this moment has been folded, so the time of the log is that far.
    const { acceptedAt } = batch.findLast((each) => each.position <= position) ?? batch[0]!;
    const isTime = acceptedAt >= lookedAt + lookEveryMs || acceptedAt < lookedAt - lookEveryMs;
    if (isTime && !stopping) await advance(acceptedAt, batch.length === batchSize ? 1 : lateAtOnce);
    // A log that is read to its end is not waited for to be silent as well.
    if (batch.length < batchSize) await perform();
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping && failed === null) {
      try {
        if (!(await step())) return;
      } catch (error) {
        if (error instanceof OwnershipLost) {
          failed = { error };
          for (const act of acts.take()) act.fail(error);
          return;
        }
        report(error);
        await pause(retryMs);
      }
    }
  }

  function report(error: unknown): void {
    log.error("sensing.failed", { err: error, position }, "Sensing could not go on. Trying again in a second.");
  }

  function arm(): void {
    cancelTimer?.();
    cancelTimer = null;
    const due = sensings.nextDue();
    if (due === Infinity || stopping || failed !== null) return;
    const wait = Math.min(Math.max(due - clock.now(), leastWaitMs), longestWaitMs);
    cancelTimer = clock.after(wait, () => wake(logged));
  }

  function wake(upTo: number): void {
    logged = Math.max(logged, upTo);
    again = true;
    // What it knows must be read first.
    if (!started || running !== null || stopping) return;
    running = run().finally(() => {
      running = null;
      if (again && !stopping && failed === null) wake(logged);
      else arm();
    });
  }

  return {
    async start() {
      const stored = await ledger.readSensingState(deps.shards);
      sensings.restore(stored.subjects);
      reread.begin(stored.rereadFrom);
      const part = partOf(deps.shards, true);
      const rereading = { ledger, organizations, sensings, reread, part, begun: clock.now() };
      await readAgain(rereading, stored.rereadFrom, stored.position);
      position = stored.position;
      started = true;
      wake(position);
    },
    async stop() {
      stopping = true;
      cancelTimer?.();
      await running;
      for (const act of acts.take()) act.fail(stopped());
    },
    wake,
    async settled() {
      wake(logged);
      while (running !== null) await running;
      if (failed !== null) throw failed.error;
    },
    // What an earlier process logged is known only once it was read: while reading goes on there may be more.
    async backlog() {
      const least = running === null ? 0 : 1;
      return logged > position ? Math.max(await ledger.countObservations(position, deps.shards), least) : least;
    },
    unstored: writer.unstored,
    sensing: sensings.known,
    forget: sensings.forget,
    async act(organization, work) {
      if (stopping || failed !== null) throw stopped();
      const done = acts.add(organization, work);
      wake(logged);
      return done;
    },
  };
}

const tracesOf = (batch: readonly LoggedObservation[]): ReadonlySet<string> =>
  new Set(batch.flatMap(({ trace }) => trace ?? []));

/** undefined: all of the log. */
const partOf = (shards: Shards | undefined, isFolded: boolean): LogPart | undefined =>
  shards === undefined ? undefined : { shards, isFolded };
