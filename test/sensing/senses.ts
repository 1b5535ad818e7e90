// Sensing as the program runs it, in memory: an observation log, rows of minutes, what is remembered, and a clock that the test
// moves. Late minutes are computed again from this log as the log processor does from its own.

import type { BuildingModel } from "../../src/building/building.ts";
import type { Fact, OccupancyFact, Point } from "../../src/model/fact.ts";
import type { LoggedObservation, Observation } from "../../src/model/observation.ts";
import { minuteMs } from "../../src/model/minute.ts";
import type { SpaceMinute } from "../../src/sensing/minutes/told-minutes.ts";
import { createSensing, type Sensing } from "../../src/sensing/sensing.ts";

export interface Senses {
  /** The facts that follow from these observations, each accepted at its own moment, and never before the one before. */
  sense(...observations: readonly Observation[]): Fact[];
  /** The same for one that is accepted later. */
  accept(observation: Observation, acceptedAt: number): Fact[];
  /** What follows from time alone, second by second. */
  pass(until: number): Fact[];
  /** From now on the model is another one. */
  move(building: BuildingModel): void;
  /** Ends the process as a kill would and begins another one on what was committed. */
  restart(): void;
  readonly sensing: () => Sensing;
  /** Rows of minutes by `space minute`. */
  readonly minutes: ReadonlyMap<string, SpaceMinute>;
  /** Everything remembered, as it would be read back after a restart. */
  readonly memory: ReadonlyMap<string, string>;
  /** Keys of spaces that were lost. */
  readonly lost: string[];
}

export function senses(building: BuildingModel): Senses {
  const memory = new Map<string, string>();
  const minutes = new Map<string, SpaceMinute>();
  const log: LoggedObservation[] = [];
  const lost: string[] = [];
  let model = building;
  let now = 0;
  let sensing = begin();

  function begin(): Sensing {
    return createSensing({ model, stored: memory, now });
  }

  function commit(): void {
    const changes = sensing.changes();
    for (const { key, value } of changes.records) {
      if (value === null) memory.delete(key);
      else memory.set(key, value);
    }
    for (const { subject, series: _, ...minute } of changes.minutes) {
      minutes.set(`${subject} ${minute.at}`, { ...minute, space: subject });
    }
    lost.push(...changes.lost.map(({ key }) => key));
  }

  function advance(): Fact[] {
    const facts: Fact[] = [...sensing.advance(now)];
    for (const late of sensing.late(now)) {
      const near = log.filter(({ observation: { at } }) => at >= late.from && at < late.until);
      const steps = sensing.compute(late, near);
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      const { subjects, compare } = step.value;
      const rows = subjects.flatMap((subject) => minutes.get(`${subject} ${late.minute}`) ?? []);
      facts.push(
        ...compare(
          rows.map(({ space, ...minute }) => ({ ...minute, subject: space })),
          now,
        ),
      );
    }
    commit();
    return facts;
  }

  function accept(observation: Observation, acceptedAt: number): Fact[] {
    now = Math.max(now, acceptedAt);
    const facts = advance();
    log.push({ position: log.length + 1, organization: "org_1", acceptedAt, observation });
    facts.push(...sensing.fold(observation, acceptedAt, log.length));
    commit();
    return facts;
  }

  return {
    accept,
    sense: (...observations) => observations.flatMap((each) => accept(each, Math.max(now, each.at))),
    pass(until) {
      const facts: Fact[] = [];
      if (now === 0) now = until - 1;
      while (now < until) {
        now = Math.min(now + 1_000, until);
        facts.push(...advance());
      }
      return facts;
    },
    move(next) {
      model = next;
      sensing.follow(model, now);
      commit();
    },
    restart() {
      sensing = begin();
      for (const { observation, acceptedAt, position } of log) {
        if (acceptedAt > now - 2.5 * minuteMs) sensing.reread(observation, acceptedAt, position);
      }
      sensing.resume(log.at(-1)?.acceptedAt ?? -Infinity, now);
    },
    sensing: () => sensing,
    minutes,
    memory,
    lost,
  };
}

/** Facts of one kind. */
export function only<Kind extends Fact["kind"]>(facts: readonly Fact[], kind: Kind): Extract<Fact, { kind: Kind }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);
}

/** What was said of people in spaces at an instant, as `room_1 2 @10`, in ms after `from`. */
export function instants(facts: readonly Fact[], from = 0): string[] {
  return only(facts, "occupancy")
    .filter(({ window }) => window === "instant")
    .map(({ space, count, at }) => `${space} ${count} @${at - from}`);
}

/** What was said of minutes, as `room_1 2 @0`, with the minute's number after `from`, the revision and the value before. */
export function minuteWords(facts: readonly Fact[], from: number): string[] {
  return only(facts, "occupancy")
    .filter(({ window }) => window === "minute")
    .map(
      ({ space, count, at, revision, previous }: OccupancyFact) =>
        `${space} ${count} @${(at - from) / minuteMs}${revision === 0 ? "" : ` r${revision} was ${previous}`}`,
    );
}

/** A frame in floor metres. */
export function frame(sensor: string, at: number, ...world: readonly Point[]): Observation {
  return { kind: "detections", id: null, at, sensor, world };
}
