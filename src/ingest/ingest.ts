// The narrow waist: the one way in for observations and ready-made events, whatever brought them.

import type { Dialect } from "../dialects/dialect.ts";
import { BelfryError } from "../errors.ts";
import type { EngineEvents, InputKind } from "../model/engine-events.ts";
import type { Tracing } from "../model/tracing.ts";
import type { Ingest, IngestResult } from "./ingest-port.ts";
import { acceptObservations, type AcceptObservationsDeps } from "./observations/accept-observations.ts";
import { acceptEvents, type AcceptEventsDeps } from "./events/accept-events.ts";

export interface IngestListeners {
  readonly events?: EngineEvents;
  readonly tracing?: Tracing;
}

export function createIngest(
  dialects: readonly Dialect[],
  observing: AcceptObservationsDeps,
  readyMade: AcceptEventsDeps,
  { events = {}, tracing }: IngestListeners = {},
): Ingest {
  const accepting = { ...readyMade, events };

  /** `accept` gets what is to be kept of the trace. */
  async function traced(
    kind: InputKind,
    items: number,
    trace: string | null,
    accept: (trace: string | null) => Promise<IngestResult>,
  ): Promise<IngestResult> {
    const span = tracing?.accept(kind, items, trace) ?? null;
    try {
      const result = await accept(span === null ? trace : span.trace);
      span?.end(result);
      events.accepted?.(kind, result);
      return result;
    } catch (error) {
      span?.fail(error);
      throw error;
    }
  }

  return {
    observations: (items, who, trace = null) =>
      traced("observation", items.length, trace, (kept) => acceptObservations(observing, items, who, kept)),
    async events(name, items, addressee, who, trace = null) {
      const dialect = dialects.find((each) => each.name === name);
      if (dialect === undefined) throw new BelfryError("BAD_REQUEST", `There is no dialect ${name}.`);
      const accept = (kept: string | null) => acceptEvents(accepting, dialect, items, addressee, who, kept);
      return traced("event", items.length, trace, accept);
    },
  };
}
