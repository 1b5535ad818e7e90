// An event: a fact in the words of one dialect, with the exact payload text that every attempt will send. Once made it
// never changes.

/** `belfry`: alerts, which no vendor's API knows and nobody can send [model/alert.ts]. */
export type DialectName = "butlr" | "butterflymx" | "belfry";

/** Where an event happened and whom it concerns; subscriptions are matched against these ids, never against the body. */
export interface Scopes {
  readonly site?: string;
  readonly building?: string;
  readonly floor?: string;
  readonly room?: string;
  readonly zone?: string;
  /** Lower case, hyphens. */
  readonly mac?: string;
  /** The record a binding may single out (`resource_id`): the access point of an entry, the device of a call. */
  readonly resource?: string;
  /** Tenants whom the event concerns, by id. Empty: nobody but the building. */
  readonly tenants?: readonly string[];
  /** Those of them whom it names, or a pass or tool of theirs: it stays theirs when they move. */
  readonly selves?: readonly string[];
  /** Whether it may name a person; the others of a unit get it only with `tenant_scope: "unit"` then. Absent, like the two
   * above, where it concerns no tenant, and in events of earlier releases. */
  readonly somebody?: boolean;
  /** The one of them who is called: only their own webhook is told their e-mail. */
  readonly called?: string;
}

export interface Event {
  /** What goes out as `webhook-id`; for Butlr also the payload's `id`. Unique in its organization. */
  readonly id: string;
  readonly dialect: DialectName;
  /** `ROOM_OCCUPANCY`, `access_log.create`, … always the dialect's first name for it, never an alias. */
  readonly type: string;
  /** What it is about: the id of a room, a zone, a sensor or an access point. */
  readonly subject: string;
  readonly scopes: Scopes;
  /** Moment of sensing, epoch ms. */
  readonly at: number;
  /** Exact text of the default payload. */
  readonly body: string;
  /** 0, or the number of the correction. */
  readonly revision: number;
  /** For corrections: the value replaced, as JSON text. */
  readonly previous: string | null;
  /** What "value" means for send_on_value_change, as JSON text; null where every event counts (traffic, motion, access, call). */
  readonly value: string | null;
  /** An event of a later moment may have been made before it: with send_on_value_change it is sent whatever its value, and so
   * is the next one of its subject. */
  readonly isLate?: boolean;
}

/** What the derived keys of all statements about one subject and moment begin with. */
export const statementKey = (type: string, subject: string, at: number): string => `${type}:${subject}:${at}:`;

/** The key that makes a second fold of the same observation write nothing. */
export function derivedKey(event: Pick<Event, "type" | "subject" | "at" | "revision">): string {
  return `${statementKey(event.type, event.subject, event.at)}${event.revision}`;
}
