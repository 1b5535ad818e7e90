// Calls that visitors place at panels, and how each goes on. A call is remembered for a day, so that a word on its status finds
// it; one that nobody speaks of for a minute was not answered.

import type { BuildingModel } from "../building/building.ts";
import { type CallFact, type CallLog, type CallStatusFact, ringing, unanswered } from "../model/fact.ts";
import type { CallObservation, CallStatusObservation } from "../model/observation.ts";
import { foldCall } from "./access.ts";
import type { SensingRecords } from "./records.ts";

export interface CallSensing {
  /** `number`: the place of the observation in the log. */
  placed(observation: CallObservation, number: number, acceptedAt: number, model: BuildingModel): readonly CallFact[];
  /** Nothing follows where the call is not known, is in that status already, or has a later word on it. */
  spoken(observation: CallStatusObservation, acceptedAt: number): readonly CallStatusFact[];
  /** Up to `now`, epoch ms. */
  advance(now: number): readonly CallStatusFact[];
  /** When there is something to advance; Infinity: never. */
  nextDue(): number;
}

/** A call as it stands. */
interface KnownCall {
  readonly building: string;
  readonly sourceId: string | null;
  readonly data: CallLog;
  /** Of the last word on its status, epoch ms. */
  readonly at: number;
  /** When it counts as not answered, or is forgotten, epoch ms. */
  readonly due: number;
}

/** Panels ring for about 40 s [butterflymx.md §5.5]. */
const ringsMs = 60_000;
const keptMs = 24 * 3_600_000;

export function createCallSensing(records: SensingRecords): CallSensing {
  const calls = records.of<KnownCall>("call");
  let next = earliest();

  function earliest(): number {
    let least = Infinity;
    for (const [, { due }] of calls.entries()) least = Math.min(least, due);
    return least;
  }

  function keep(guid: string, call: KnownCall): void {
    calls.set(guid, call);
    next = Math.min(next, call.due);
  }

  const turned = (call: KnownCall, status: string, at: number, told: boolean, now: number): CallStatusFact => {
    const data = { ...call.data, status };
    keep(data.guid, { ...call, data, at, due: now + (status === ringing ? ringsMs : keptMs) });
    return { kind: "call_status", at, revision: 0, building: call.building, sourceId: call.sourceId, data, told };
  };

  return {
    placed(observation, number, acceptedAt, model) {
      const facts = foldCall(observation, number, model);
      for (const { building, sourceId = null, data, at } of facts) {
        const begun = Math.min(at, acceptedAt);
        const due = data.status === ringing ? begun + ringsMs : acceptedAt + keptMs;
        keep(data.guid, { building, sourceId, data, at, due });
      }
      return facts;
    },
    spoken({ guid, status, at }, acceptedAt) {
      const call = calls.get(guid);
      if (call === undefined || call.data.status === status || at < call.at) return [];
      return [turned(call, status, at, true, acceptedAt)];
    },
    advance(now) {
      if (now < next) return [];
      const facts: CallStatusFact[] = [];
      for (const [guid, call] of calls.entries()) {
        if (call.due > now) continue;
        if (call.data.status === ringing)
          facts.push({ ...turned(call, unanswered, call.at, false, now), at: call.due });
        else calls.delete(guid);
      }
      next = earliest();
      return facts;
    },
    nextDue: () => next,
  };
}
