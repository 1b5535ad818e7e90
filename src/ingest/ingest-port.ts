// Port: the narrow waist. Whatever brings observations and ready-made events (HTTP, MQTT, a file, the simulator) hands
// them in here; when the promise resolves, what it counts as accepted is durable.

import type { Addressee } from "../dialects/dialect.ts";
import type { DialectName } from "../model/event.ts";
import type { Principal } from "../model/principal.ts";

/** One item of a request: the text as it was sent, and the same after JSON.parse. */
export interface IngestItem {
  readonly text: string;
  readonly value: unknown;
}

export interface RejectedItem {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

export interface IngestResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly RejectedItem[];
}

export interface Ingest {
  /** `trace`: the trace context that the sender gave, as text (model/trace). */
  observations(items: readonly IngestItem[], who: Principal, trace?: string | null): Promise<IngestResult>;
  events(
    dialect: DialectName,
    items: readonly IngestItem[],
    addressee: Addressee,
    who: Principal,
    trace?: string | null,
  ): Promise<IngestResult>;
}
