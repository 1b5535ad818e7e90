// Port: one vendor's wire format and API. The engine knows dialects only through this.

import type { BuildingModel } from "../building/building.ts";
import type { HttpScope } from "../http/scope.ts";
import type { ReadyMadeEntry } from "../model/entry.ts";
import type { DialectName, Event } from "../model/event.ts";
import type { Fact, FactType } from "../model/fact.ts";
import type { Binding, Subscription } from "../model/subscription.ts";
import type { PlacePort } from "./place-port.ts";
import type { Subscribing } from "./subscribing.ts";

/** Where a ready-made event was addressed to, from the query of the request. */
export interface Addressee {
  /** The organization of the key; for an operator's the one that the request names, or null: look everywhere. */
  readonly organization: string | null;
  readonly building: string | null;
  readonly unit: string | null;
  readonly tenant: string | null;
}

/** What reading a ready-made payload rests on beside its text. */
export interface Reading {
  readonly addressee: Addressee;
  readonly place: Pick<PlacePort, "buildingOf">;
  /** Makes a fresh event id. */
  readonly newId: () => string;
  /** When the request was read, epoch ms. */
  readonly now: number;
}

/** A ready-made payload after reading: everything of an event but what the store adds. */
export type ReadyMade =
  | {
      readonly status: "read";
      readonly organization: string;
      readonly event: Event;
      /** The sender's own id in the payload, null when it has none. */
      readonly inputId: string | null;
      /** What a second payload with this id must say to be the same; left out, the text itself. */
      readonly content?: string;
      /** What it leaves for reading; left out: nothing. */
      readonly entry?: ReadyMadeEntry;
    }
  | { readonly status: "rejected"; readonly code: string; readonly message: string };

/** What a sample is made of beside its type. */
export interface SampleContext {
  /** Null: the organization has none. */
  readonly model: BuildingModel | null;
  /** When it is to have happened, epoch ms. */
  readonly at: number;
  /** Makes a fresh event id. */
  readonly newId: () => string;
  /** A UUID. */
  readonly newGuid: () => string;
}

/** An event that did not happen, and how it goes out. */
export interface Sample {
  readonly event: Event;
  readonly variant: number;
}

export interface Dialect {
  readonly name: DialectName;
  /** First names of its event types. */
  readonly types: readonly string[];

  /** By type: the kind of state that an event tells. A newer state of the same kind and subject makes an older one useless, so a
   * subscription may want the newest alone. Types that count, or happen once, tell none. */
  readonly states: Readonly<Record<string, string>>;

  /** The type of the event that a fact of this type would give; null: none. */
  typeOf(fact: FactType): string | null;

  /** The event that a fact gives, or null when it gives none here. Pure; `newId` makes a fresh event id. */
  express(fact: Fact, model: BuildingModel, newId: () => string): Event | null;

  /** Reads one ready-made payload. `text` is cut verbatim from the request and becomes the body as it is; `value` is the
   * same text after JSON.parse and is for reading only. No promise where nothing has to be looked up. */
  read(text: string, value: unknown, reading: Reading): ReadyMade | Promise<ReadyMade>;

  /** How an event goes out to a subscription that bound it: fixed when it is accepted. Pure. */
  variant(subscription: Subscription, binding: Binding, event: Pick<Event, "type" | "scopes">): number;

  /** Names under which a type can be subscribed, for a caller who asks for a sample of one that there is not. */
  readonly sampleTypes: readonly string[];

  /** An event of this type as the subscription would get it, about a place and a person that it is about where the model has
   * them; null: there is no such type. Pure, but for what is given. */
  sample(type: string, subscription: Subscription, context: SampleContext): Sample | null;

  /** How its subscriptions are made and changed by the operator API. */
  readonly subscribing: Subscribing;

  /** What `value` of a stored event was: JSON text, null where every event counts. Pure; costs a parse of the body. */
  valueOf(type: string, body: string): string | null;

  /** The text to send. A pure function of both; a number never changes its meaning; variant 0 returns `body` itself. */
  compose(body: string, variant: number): string;

  /** The body of a heartbeat, which has no event: one that receivers of the vendor's events pass over. `sequence`: the last number
   * given, 0: none. `at`: epoch ms. */
  heartbeat(id: string, sequence: number, at: number): string;

  /** The vendor's own authentication towards the receiver, as header names and values. */
  authentication(subscription: Subscription): readonly (readonly [name: string, value: string])[];

  /** Registers the vendor's API below the given scope. */
  routes(scope: HttpScope): Promise<void>;
}
