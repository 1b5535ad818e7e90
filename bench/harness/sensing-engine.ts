// Sensing of one organization in this process, as the log processor drives it: observations in order of acceptance, and the time.
// The log and the rows of minutes are kept in memory.

import type { BuildingModel } from "../../src/building/building.ts";
import type { Fact } from "../../src/model/fact.ts";
import { minuteMs, minuteOf } from "../../src/model/minute.ts";
import type { LoggedObservation, Observation } from "../../src/model/observation.ts";
import { createSensing, type LateFloorMinute, type SensedMinute, type Sensing } from "../../src/sensing/sensing.ts";

export interface SensingEngine {
  /** `acceptedAt`: epoch ms. */
  fold(observation: Observation, acceptedAt: number): readonly Fact[];
  /** What follows from time alone, up to `now`. */
  advance(now: number): readonly Fact[];
  /** Minutes that were closed or corrected since the last call; `subject` is the id of the space or of the sensor alone. */
  takeMinutes(): readonly SensedMinute[];
}

/** Observations of a floor by the minute of their moment. */
type Log = Map<string, LoggedObservation[]>;

export interface EngineOptions {
  /** Without one, minutes that need the log are not corrected: for measuring frames alone. */
  readonly withLog?: boolean;
}

export function startSensing(
  model: BuildingModel,
  now: number,
  { withLog = false }: EngineOptions = {},
): SensingEngine {
  const sensing = createSensing({ model, stored: [], now, wantsDetections: () => false });
  const log: Log = new Map();
  const rows = new Map<string, SensedMinute>();
  let position = 0;
  let taken: SensedMinute[] = [];

  const gather = (): void => {
    for (const minute of sensing.changes().minutes) {
      taken.push(minute);
      if (withLog) rows.set(`${minute.subject} ${minute.at}`, minute);
    }
  };
  return {
    fold(observation, acceptedAt) {
      if (withLog) write(log, model, { position: ++position, organization: "", acceptedAt, observation });
      return sensing.fold(observation, acceptedAt);
    },
    advance(until) {
      const facts = sensing.nextDue() <= until ? [...sensing.advance(until)] : [];
      gather();
      for (const late of withLog ? sensing.late(until) : []) {
        facts.push(...correct(sensing, log, rows, late, until));
        gather();
      }
      return facts;
    },
    takeMinutes() {
      if (taken.length === 0) return taken;
      const minutes = taken.map((minute) => ({
        ...minute,
        subject: minute.subject.slice(minute.subject.indexOf(":") + 1),
      }));
      taken = [];
      return minutes;
    },
  };
}

function write(log: Log, model: BuildingModel, logged: LoggedObservation): void {
  const { observation } = logged;
  if (observation.kind !== "detections") return;
  const floor = model.sensors.get(observation.sensor)?.floor.id;
  const key = `${floor} ${minuteOf(observation.at)}`;
  const page = log.get(key);
  if (page === undefined) log.set(key, [logged]);
  else page.push(logged);
}

function correct(
  sensing: Sensing,
  log: Log,
  rows: ReadonlyMap<string, SensedMinute>,
  late: LateFloorMinute,
  now: number,
): readonly Fact[] {
  const observations: LoggedObservation[] = [];
  for (let minute = minuteOf(late.from); minute < late.until; minute += minuteMs)
    observations.push(...(log.get(`${late.floor} ${minute}`) ?? []));
  const steps = sensing.compute(
    late,
    observations.toSorted((a, b) => a.position - b.position),
  );
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { subjects, compare } = step.value;
  return compare(
    subjects.flatMap((subject) => rows.get(`${subject} ${late.minute}`) ?? []),
    now,
  );
}
