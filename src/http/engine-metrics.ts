// What happens in the engine, counted for Prometheus. A listener: it adds to plain numbers and makes nothing, since it runs
// with every attempt.

import { type OutcomeCode, outcomes } from "../model/attempt.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { DialectName } from "../model/event.ts";
import type { Metrics } from "./metrics.ts";

/** Codes with which an attempt can end; the others close rows without one. */
const codes = (Object.keys(outcomes) as OutcomeCode[]).filter((code) =>
  ["success", "retry", "disable"].includes(outcomes[code]),
);
const dialects: readonly DialectName[] = ["butlr", "butterflymx", "belfry"];
const kinds = ["observation", "event"] as const;
const results = ["accepted", "duplicate", "rejected"] as const;

/** Upper ends of the buckets, seconds. An attempt ends within its time limit; a first attempt may wait for days. */
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const waits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3600, 86_400];

/** The place of each value in a list, to be found without a search. */
const placesIn = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value, index) => [value, index])) as Readonly<Record<Value, number>>;

export function countEngine(metrics: Metrics): EngineEvents {
  const inputs = metrics.counts(
    "belfry_inputs_total",
    "Observations and ready-made events that were sent, by what came of them.",
    kinds.flatMap((kind) => results.map((result) => ({ kind, result }))),
  );
  const attempts = metrics.counts(
    "belfry_attempts_total",
    "Attempts that have ended, by outcome.",
    dialects.flatMap((dialect) => codes.map((code) => ({ code, dialect }))),
  );
  const duration = metrics.histogram("belfry_attempt_duration_seconds", "How long attempts took.", durations);
  const firstAttempt = metrics.histogram(
    "belfry_first_attempt_delay_seconds",
    "From the acceptance of a delivery to its first attempt.",
    waits,
  );
  const superseded = metrics.counter(
    "belfry_deliveries_superseded_total",
    "Deliveries that were superseded by newer states, of subscriptions that want the latest only.",
  );
  const foldedObservations = metrics.counter("belfry_observations_folded_total", "Observations folded.");
  const derivedEvents = metrics.counter("belfry_events_derived_total", "Events that followed from observations.");
  const closed = metrics.counter(
    "belfry_minutes_closed_total",
    "Minutes of spaces that were told when they were over.",
  );
  const corrected = metrics.counter("belfry_minutes_corrected_total", "Corrections of minutes that were told.");
  const tooLate = metrics.counter("belfry_frames_too_late_total", "Frames that came too late to correct any minute.");
  const [codeAt, dialectAt] = [placesIn(codes), placesIn(dialects)];

  return {
    accepted(kind, { accepted, duplicates, rejected }) {
      const at = kinds.indexOf(kind) * results.length;
      inputs[at]! += accepted;
      inputs[at + 1]! += duplicates;
      inputs[at + 2]! += rejected.length;
    },
    attemptFinished({ delivery, startedAt }, { code, durationMs }) {
      attempts[dialectAt[delivery.event.dialect] * codes.length + codeAt[code]]!++;
      duration(durationMs / 1000);
      // The wall clock may have been set back in between.
      if (delivery.attempts === 0) firstAttempt(Math.max(startedAt - delivery.createdAt, 0) / 1000);
    },
    superseded: (_, count) => superseded(count),
    minutesTold(minutes) {
      closed(minutes.closed);
      corrected(minutes.corrected);
      tooLate(minutes.tooLate);
    },
    folded(observations, events) {
      foldedObservations(observations);
      derivedEvents(events);
    },
  };
}
