// Reads the observation log in order of acceptance, lets sensing work out what it means, and writes what follows: events,
// deliveries, minutes, what sensing must remember and how far it got, in one transaction. A timer does the same for what follows
// from time alone. Killed at any moment it goes on where it was, and what it had written it does not write twice.

import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Log } from "../../log.ts";
import type { Cancel, Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";
import type { LateFloorMinute, Sensing } from "../../sensing/sensing.ts";
import type { Service } from "../../service.ts";
import type { Fact } from "../../model/fact.ts";
import { type Ledger, OwnershipLost } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { type Act, createActs } from "./acts.ts";
import { correct } from "./late-minutes.ts";
import { createRereadMark } from "./reread-mark.ts";
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
  /** Epoch of the owner; a log processor that has lost it stops. */
  readonly epoch: () => Epoch;
}

export interface LogProcessor extends Service {
  /** The log now reaches up to this position. */
  wake(position: number): void;
  /** Resolves when everything logged before the call has been folded. */
  settled(): Promise<void>;
  /** How many observations are logged and not folded yet, as far as this process knows. */
  backlog(): number;
  /** Events that were not stored because nobody takes their type, since start. */
  unstored(): number;
  /** The sensing of an organization, as far as it has folded; undefined: nothing was sensed there yet. To read only. */
  sensing(organization: string): Sensing | undefined;
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
/** One call of the store holds its writer: it ends with the conclusion that brings it to so many. */
const enoughConclusions = 2_000;
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
  let stopping = false;
  let running: Promise<void> | null = null;
  let again = false;
  let failed: { error: unknown } | null = null;
  let cancelTimer: Cancel | null = null;
  let lookedAt = 0;
  /** Another organization is the first each time. */
  let turn = 0;

  const writer = createWriter({
    ...deps,
    sensings,
    rereadFrom: () => reread.position(),
    isStopping: () => stopping,
    pause: () => pause(retryMs),
    report,
  });

  /** False: not before the stop. */
  async function write(conclusions: readonly Conclusion[], touched: Iterable<string>, upTo: number): Promise<boolean> {
    const isWritten = await writer.write(conclusions, touched, position, upTo);
    if (isWritten) position = upTo;
    return isWritten;
  }

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  const breathe = (): Promise<void> => pause(0);

  /** As far as organizations can be read, and until there is enough to write. */
  async function foldBatch(batch: readonly LoggedObservation[]): Promise<void> {
    const conclusions: Conclusion[] = [];
    const touched = new Set<string>();
    let upTo = position;
    let failure: { readonly error: unknown } | null = null;
    for (const each of batch) {
      if (conclusions.length >= enoughConclusions) break;
      let organization: Organization | null;
      try {
        organization = await organizations.get(each.organization);
      } catch (error) {
        failure = { error };
        break;
      }
      reread.pass(each.position, each.acceptedAt);
      upTo = each.position;
      if (organization === null) continue;
      touched.add(organization.id);
      for (const fact of foldOne(organization, each)) {
        conclusions.push({ organization: organization.id, fact, position: each.position });
      }
    }
    if (upTo > position) await write(conclusions, touched, upTo);
    if (failure !== null) throw failure.error;
  }

  /** What sensing cannot digest is logged and passed over: one bad row must not stop all. */
  function foldOne(organization: Organization, each: LoggedObservation): ReturnType<typeof sensings.fold> {
    try {
      return sensings.fold(organization, each);
    } catch (error) {
      const facts = {
        err: error,
        organization: each.organization,
        position: each.position,
        kind: each.observation.kind,
      };
      log.error("sensing.skipped", facts, "An observation could not be folded and is left out.");
      return [];
    }
  }

  /** What follows from time alone up to `now`, and late minutes. True: there was more than is done at once. */
  async function advance(now: number, lateMinutes: number): Promise<boolean> {
    lookedAt = now;
    const said = createSaid(position);
    let left = lateMinutes;
    let hasMore = false;
    let failure: { readonly error: unknown } | null = null;
    try {
      for (const id of rotated(sensings.ids(), turn++)) {
        const organization = await organizations.get(id);
        if (organization === null) continue;
        said.note(id, advanceOne(organization, now));
        const late = sensings.known(id)?.late(now) ?? [];
        hasMore ||= late.length > left || sensings.isDue(id, now);
        failure = (await correctAll(id, late.slice(0, left), now, said)) ?? failure;
        left = Math.max(left - late.length, 0);
        await said.flush(enoughConclusions);
      }
    } finally {
      // What sensing has said must be written, even where something failed afterwards.
      await said.flush(0);
    }
    if (failure !== null) throw failure.error;
    return hasMore;
  }

  /** What sensing says of several organizations, until it is written. */
  function createSaid(upTo: number) {
    let conclusions: Conclusion[] = [];
    let touched = new Set<string>();
    return {
      note(organization: string, facts: readonly Fact[]): void {
        for (const fact of facts) conclusions.push({ organization, fact, position: upTo });
        if (facts.length > 0 || sensings.known(organization)?.hasChanges() === true) touched.add(organization);
      },
      /** Where there are at least so many conclusions. */
      async flush(atLeast: number): Promise<void> {
        if (touched.size === 0 || conclusions.length < atLeast) return;
        const [facts, ids] = [conclusions, touched];
        [conclusions, touched] = [[], new Set()];
        await write(facts, ids, upTo);
      },
    };
  }

  /** Why it ended before all were corrected; null: they are. */
  async function correctAll(
    organization: string,
    lates: readonly LateFloorMinute[],
    now: number,
    said: ReturnType<typeof createSaid>,
  ): Promise<{ readonly error: unknown } | null> {
    const sensing = sensings.known(organization)!;
    for (const late of lates) {
      await said.flush(enoughConclusions);
      try {
        said.note(organization, await correct({ ledger, breathe, log }, organization, sensing, late, position, now));
      } catch (error) {
        return { error };
      }
    }
    return null;
  }

  /** One organization that fails must not stop the others. */
  function advanceOne(organization: Organization, now: number): readonly Fact[] {
    try {
      return sensings.advance(organization, now);
    } catch (error) {
      const facts = { err: error, organization: organization.id };
      log.error("sensing.left_out", facts, "What is due could not be worked out.");
      return [];
    }
  }

  /** What others asked to be done. */
  async function perform(): Promise<void> {
    const taken = acts.take();
    if (taken.length === 0) return;
    try {
      const concerned = new Map<string, Organization | null>();
      for (const { organization: id } of taken) concerned.set(id, await organizations.get(id));
      const now = clock.now();
      for (const act of taken) {
        const organization = concerned.get(act.organization) ?? null;
        act.run(organization === null ? null : sensings.of(organization, now), now);
      }
      const isWritten = await write([], concerned.keys(), position);
      for (const act of taken) {
        if (isWritten) act.settle();
        else act.fail(stopped());
      }
    } catch (error) {
      for (const act of taken) act.fail(error);
      throw error;
    }
  }

  /** True: there is more to do now. */
  async function step(): Promise<boolean> {
    again = false;
    const batch = await ledger.readObservations(position, batchSize);
    if (batch.length === 0) {
      const hasMore = await advance(clock.now(), lateAtOnce);
      await perform();
      return hasMore || again || !acts.isEmpty();
    }
    // Whoever is not in the log any more is looked at before the mark moves on, behind which nothing is read again.
    const { acceptedAt: begins } = batch[0]!;
    if (begins >= lookedAt + batchMs) await advance(begins, 0);
    const later = batch.findIndex((each) => each.acceptedAt > begins + batchMs);
    await foldBatch(later < 0 ? batch : batch.slice(0, later));
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
    if (running !== null || stopping) return;
    running = run().finally(() => {
      running = null;
      if (again && !stopping && failed === null) wake(logged);
      else arm();
    });
  }

  /** Frames of minutes that are not over lie in the log alone. */
  async function readAgain(from: number, upTo: number): Promise<void> {
    let newest = -Infinity;
    for (let after = from; after < upTo; ) {
      const batch = await ledger.readObservations(after, batchSize);
      for (const each of batch) {
        if (each.position > upTo) break;
        reread.pass(each.position, each.acceptedAt);
        const organization = await organizations.get(each.organization);
        if (organization !== null) sensings.reread(organization, each);
        newest = each.acceptedAt;
      }
      after = batch.at(-1)?.position ?? upTo;
    }
    sensings.resume(newest);
  }

  return {
    async start() {
      const stored = await ledger.readSensingState();
      sensings.restore(stored.subjects);
      reread.begin(stored.rereadFrom);
      await readAgain(stored.rereadFrom, stored.position);
      position = stored.position;
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
    backlog: () => Math.max(logged - position, running === null ? 0 : 1),
    unstored: writer.unstored,
    sensing: sensings.known,
    async act(organization, work) {
      if (stopping || failed !== null) throw stopped();
      const done = acts.add(organization, work);
      wake(logged);
      return done;
    },
  };
}

const stopped = (): BelfryError =>
  new BelfryError("UNAVAILABLE", "Belfry is stopping. Ask again when it is running; nothing may have been done.");

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
