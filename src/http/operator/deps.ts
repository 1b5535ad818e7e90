// What the routes of the operator API work with; app.ts gives it.

import type { Problem } from "../../errors.ts";
import type { ModelDocument } from "../../building/document.ts";
import type { Clock } from "../../clock.ts";
import type { History } from "../../store/history.ts";
import type { Place, Registry } from "../../store/registry.ts";
import type { KeyAuthenticator } from "../authenticator.ts";
import type { KeyMaker } from "../keys.ts";

export interface OperatorDeps {
  readonly registry: Registry;
  readonly history: History;
  readonly clock: Clock;
  readonly authenticator: KeyAuthenticator;
  readonly keys: KeyMaker;
  /** The rules of building/. */
  readonly model: ModelRules;
  /** Owes an event again and wakes its lane. Null: the event is no longer kept. */
  readonly resend: (delivery: number) => Promise<{ readonly number: number } | null>;
}

export interface ModelRules {
  readonly check: (value: unknown) => { readonly document: ModelDocument } | { readonly problems: readonly Problem[] };
  readonly assignNumbers: (
    document: ModelDocument,
    previous: ModelDocument | null,
    allocate: (count: number) => Promise<number>,
  ) => Promise<ModelDocument>;
  readonly placesOf: (document: ModelDocument) => readonly Place[];
}
