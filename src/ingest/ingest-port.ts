// Port: the narrow waist. Whatever brings observations and ready-made events (HTTP, MQTT, a file, the simulator) hands
// them in here; when the promise resolves, what it counts as accepted is durable.

import type { Addressee } from "../dialects/dialect.ts";
import type { DialectName } from "../model/event.ts";
import type { Principal } from "../model/principal.ts";

/** One item of a request: the text as it was sent, and the same after JSON.parse. */
export interface Item {
  readonly text: string;
  readonly value: unknown;
}

export interface Rejected {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

export interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejected[];
}

export interface Acceptor {
  observations(items: readonly Item[], who: Principal): Promise<Answer>;
  events(dialect: DialectName, items: readonly Item[], addressee: Addressee, who: Principal): Promise<Answer>;
}
