// Reads the observation log in order of acceptance, lets sensing work out what it means, and writes what follows: events,
// deliveries, minutes, what sensing must remember and how far it got, in one transaction. A timer does the same for what follows
// from time alone. Killed at any moment it goes on where it was, and what it had written it does not write twice.

import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Log } from "../../log.ts";
import type { Cancel, Clock } from "../../clock.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";
import type { Sensing } from "../../sensing/sensing.ts";
import type { Service } from "../../service.ts";
import { type FoldProgress, type Ledger, OwnershipLost } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { correct } from "./late-minutes.ts";
import { createRereadMark } from "./reread-mark.ts";
import { type Conclusion, createSensings } from "./sensings.ts";
import { writeConclusions } from "./write-conclusions.ts";

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
  /** The sensing of an organization, as far as it has folded; undefined: nothing was sensed there yet. */
  sensing(organization: string): Sensing | undefined;
}

const batchSize = 512;
const retryMs = 1_000;
/** Late minutes computed again before the log is looked at once more. */
const lateAtOnce = 4;
/** The timer waits no less, ms: what is due together is done together. */
const leastWaitMs = 100;

export function createLogProcessor(deps: LogProcessorDeps): LogProcessor {
  const { ledger, organizations, clock, log } = deps;
  const sensings = createSensings(deps.dialects);
  const reread = createRereadMark();
  let position = 0;
  let logged = 0;
  let unstored = 0;
  let stopping = false;
  let running: Promise<void> | null = null;
  let again = false;
  let failed: { error: unknown } | null = null;
  let cancelTimer: Cancel | null = null;

  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  const breathe = (): Promise<void> => pause(0);

  /** Until it is written: sensing has gone on in memory, and what it concluded must not be lost. False: not before the stop. */
  async function write(conclusions: readonly Conclusion[], touched: Iterable<string>, upTo: number): Promise<boolean> {
    const progress = progressOf(touched, upTo);
    for (;;) {
      try {
        const written = await writeConclusions({ ...deps, now: () => clock.now() }, conclusions, progress);
        if (written !== null) {
          if (upTo > position || written.events > 0) deps.events?.folded?.(upTo - position, written.events);
          unstored += written.unstored;
          for (const { organization, fact } of conclusions) {
            if (fact.kind === "health") deps.events?.sensorChanged?.(organization, fact);
          }
          position = upTo;
          return true;
        }
      } catch (error) {
        if (error instanceof OwnershipLost) throw error;
        report(error);
        await pause(retryMs);
      }
      if (stopping) return false;
    }
  }

  /** Without entries: they follow from facts and the model of the moment in which they are written. */
  function progressOf(touched: Iterable<string>, upTo: number): FoldProgress {
    const subjects: FoldProgress["subjects"][number][] = [];
    const minutes: FoldProgress["minutes"][number][] = [];
    for (const organization of touched) {
      const changes = sensings.known(organization)?.changes();
      for (const change of changes?.records ?? []) subjects.push({ organization, ...change });
      for (const minute of changes?.minutes ?? []) minutes.push({ organization, ...minute });
      for (const { level, id } of changes?.lost ?? []) deps.events?.spaceLost?.(organization, level, id);
    }
    return { epoch: deps.epoch(), position: upTo, rereadFrom: reread.position(), subjects, minutes, entries: [] };
  }

  async function foldBatch(batch: readonly LoggedObservation[]): Promise<boolean> {
    const conclusions: Conclusion[] = [];
    const touched = new Set<string>();
    for (const each of batch) {
      reread.pass(each.position, each.acceptedAt);
      const organization = await organizations.get(each.organization);
      if (organization === null) continue;
      touched.add(organization.id);
      for (const fact of foldOne(organization, each)) {
        conclusions.push({ organization: organization.id, fact, position: each.position });
      }
    }
    return write(conclusions, touched, batch.at(-1)!.position);
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

  /** What follows from time alone. */
  async function advance(): Promise<void> {
    const now = clock.now();
    const conclusions: Conclusion[] = [];
    const touched: string[] = [];
    for (const id of sensings.ids()) {
      const organization = await organizations.get(id);
      if (organization === null) continue;
      const facts = [...sensings.advance(organization, now), ...(await corrections(id, now))];
      for (const fact of facts) conclusions.push({ organization: id, fact, position });
      if (facts.length > 0 || sensings.known(id)?.hasChanges() === true) touched.push(id);
    }
    if (touched.length > 0) await write(conclusions, touched, position);
  }

  async function corrections(organization: string, now: number): Promise<Conclusion["fact"][]> {
    const sensing = sensings.known(organization);
    const facts: Conclusion["fact"][] = [];
    for (const late of sensing?.late(now).slice(0, lateAtOnce) ?? []) {
      facts.push(...(await correct({ ledger, breathe }, organization, sensing!, late, position, now)));
    }
    return facts;
  }

  async function run(): Promise<void> {
    while (!stopping && failed === null) {
      try {
        again = false;
        const batch = await ledger.readObservations(position, batchSize);
        if (batch.length > 0) {
          await foldBatch(batch);
          continue;
        }
        await advance();
        if (!again) return;
      } catch (error) {
        if (error instanceof OwnershipLost) {
          failed = { error };
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
    cancelTimer = clock.after(Math.max(due - clock.now(), leastWaitMs), () => wake(logged));
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
    for (let after = from; after < upTo; ) {
      const batch = await ledger.readObservations(after, batchSize);
      if (batch.length === 0) return;
      for (const each of batch) {
        if (each.position > upTo) return;
        reread.pass(each.position, each.acceptedAt);
        const organization = await organizations.get(each.organization);
        if (organization !== null) sensings.reread(organization, each);
      }
      after = batch.at(-1)!.position;
    }
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
    },
    wake,
    async settled() {
      wake(logged);
      while (running !== null) await running;
      if (failed !== null) throw failed.error;
    },
    // What an earlier process logged is known only once it was read: while reading goes on there may be more.
    backlog: () => Math.max(logged - position, running === null ? 0 : 1),
    unstored: () => unstored,
    sensing: sensings.known,
  };
}
