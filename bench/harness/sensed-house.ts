// A simulated day given to sensing in memory, as the server takes it in: each observation at the moment it was sent, what cannot be
// read or was there before left out, and the time looked at every second. What sensing says of it is for the score.

import { readObservation } from "../../src/ingest/observations/parse-observation.ts";
import type { Fact } from "../../src/model/fact.ts";
import type { SentObservation } from "../../src/simulator/observation.ts";
import type { Said } from "../../src/simulator/score.ts";
import type { SensingEngine } from "./sensing-engine.ts";

/** Later than the last correction of the last minute. */
const listenOnMs = 10 * 60_000;
const lookMs = 1000;

type Saying = { -readonly [List in keyof Said]: Said[List][number][] };

/** `sent`: in order of sending. */
export function sensedDay(sent: Iterable<SentObservation>, sensing: SensingEngine): Said {
  const said: Saying = { minutes: [], instants: [], trafficOccupancy: [], traffic: [], motion: [] };
  const known = new Set<string>();
  let looked = 0;
  const look = (now: number): void => {
    if (looked === 0) looked = now;
    for (; looked <= now; looked += lookMs) hear(said, sensing.advance(looked), sensing);
  };
  for (const { observation: given, sentAt } of sent) {
    look(sentAt);
    const name = `${given.kind} ${given.id}`;
    if (known.has(name)) continue;
    known.add(name);
    const read = readObservation(given, sentAt);
    if (read.status === "rejected") continue;
    // Entries and calls say nothing about how many people are where.
    if (read.observation.kind === "access" || read.observation.kind === "call") continue;
    hear(said, sensing.fold(read.observation, sentAt), sensing);
  }
  look(looked + listenOnMs);
  return said;
}

function hear(said: Saying, facts: readonly Fact[], sensing: SensingEngine): void {
  for (const fact of facts) {
    if (fact.kind === "traffic") said.traffic.push(fact);
    else if (fact.kind === "motion") said.motion.push({ space: fact.room, at: fact.at, motion: fact.motion });
    else if (fact.kind === "occupancy" && fact.window === "instant") said.instants.push(fact);
  }
  for (const { series, subject, value, ...minute } of sensing.takeMinutes()) {
    const of = { ...minute, space: subject, count: value };
    if (series === "presence") said.minutes.push(of);
    else if (series === "traffic_occupancy") said.trafficOccupancy.push(of);
  }
}
