// Port: traces of what Belfry does, for whoever brings an OpenTelemetry SDK. Where nobody does, nothing is recorded, and
// a trace that came with an event goes on to its receivers all the same.

import type { Outcome } from "./attempt.ts";
import type { EngineAttempt, InputKind, InputResult } from "./engine-events.ts";

/** Something that is recorded while it is under way. Ends once. */
export interface TracedAccept {
  /** What is kept with the events, as text [trace.ts]; null: nothing. */
  readonly trace: string | null;
  end(result: InputResult): void;
  fail(error: unknown): void;
}

export interface TracedAttempt {
  /** What its request carries. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  end(outcome: Outcome): void;
}

export interface TracedFold {
  end(events: number): void;
  fail(error: unknown): void;
}

/** Every function returns null where there is nothing to record. `trace` and `traces` are texts of trace.ts. */
export interface Tracing {
  accept(kind: InputKind, items: number, trace: string | null): TracedAccept | null;
  attempt(attempt: EngineAttempt, trace: string | null): TracedAttempt | null;
  fold(observations: number, traces: () => Iterable<string>): TracedFold | null;
}
