// The simulated house: a day of it as what its sensors, doors and panels send, disturbed as one likes, beside what is true. Pure
// and by seed; a day is made while it is read, so it may be long and the building large.

import type { ModelDocument } from "../building/document.ts";
import { toLocal } from "../building/geometry.ts";
import type { Point } from "../model/fact.ts";
import { createCounters } from "./counters.ts";
import { disturb, type Disturbances, undisturbed } from "./disturbances/disturbances.ts";
import type { DetectionsReading, SentObservation, SimulatedObservation } from "./observation.ts";
import { liveDay, type SimulatedDay } from "./people.ts";
import { type PresenceEye, readPlace, type SimulatedPlace } from "./place.ts";
import { sense, type SenseOptions } from "./sensors.ts";
import { type Truth, truthOf } from "./truth.ts";

const dayMs = 86_400_000;

export interface SimulatedDayOptions {
  readonly seed: number;
  /** As createBuilding makes it. */
  readonly building: ModelDocument;
  /** When the first people come, epoch ms, a whole second. */
  readonly morning: number;
  /** Default: none. */
  readonly disturbances?: Disturbances;
  /** How often presence sensors say that nobody is there, ms; default 2,000, as often as they say who is. */
  readonly emptyFrameMs?: number;
}

export interface SimulatedHouse {
  readonly place: SimulatedPlace;
  readonly day: SimulatedDay;
  readonly truth: Truth;
  /** In order of sending; each call begins anew. */
  sent(): Iterable<SentObservation>;
}

export function simulateDay({
  seed,
  building,
  morning,
  disturbances = undisturbed,
  ...options
}: SimulatedDayOptions): SimulatedHouse {
  const place = readPlace(building);
  const day = liveDay(seed, place, morning);
  return {
    place,
    day,
    truth: truthOf(place, day),
    sent: () => sentOn(seed, place, day, options, disturbances),
  };
}

/** Day after day without end and undisturbed; the nights are skipped. */
export function* simulateDays(
  seed: number,
  building: ModelDocument,
  startAt: number,
  options: Pick<SimulatedDayOptions, "emptyFrameMs"> = {},
): Generator<SimulatedObservation, never> {
  const place = readPlace(building);
  const totals = createCounters(seed, place);
  for (let morning = startAt; ; morning += dayMs) {
    for (const { observation } of sentOn(
      seed,
      place,
      liveDay(seed, place, morning),
      { ...options, totals },
      undisturbed,
    ))
      yield observation;
  }
}

function* sentOn(
  seed: number,
  place: SimulatedPlace,
  day: SimulatedDay,
  options: SenseOptions,
  disturbances: Disturbances,
): Generator<SentObservation> {
  const eyes = new Map(place.presence.map((eye) => [eye.sensor, eye]));
  for (const { observation, sentAt } of disturb(seed, place, day, sense(seed, place, day, options), disturbances)) {
    if (observation.kind !== "detections") yield { observation, sentAt };
    else yield { observation: asSent(observation, eyes.get(observation.sensor)!), sentAt };
  }
}

/** A sensor without a counting line knows nothing but its own view. */
function asSent({ world = [], ...frame }: DetectionsReading, { line, footprint }: PresenceEye): DetectionsReading {
  if (line !== null) return { ...frame, world };
  return { ...frame, local: world.map((point) => shares(toLocal(footprint, point))) };
}

/** Fine enough to give the same millimetres again. */
const shares = ([x, y]: Point): Point => [Math.round(x * 1e8) / 1e8, Math.round(y * 1e8) / 1e8];
