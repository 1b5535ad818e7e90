// Values of the ledger port [ledger.ts]: what is accepted, in one transaction each: observations into the log, and events with
// what is owed of them and the progress of sensing. Times are epoch ms.

import type { DialectName } from "../model/event.ts";
import type { Entry, ReadyMadeEntry } from "../model/entry.ts";
import type { MinuteOf } from "../model/minute.ts";
import type { ObservationKind } from "../model/observation.ts";
import type { Epoch, Shards } from "./shards.ts";

/** An observation on its way into the log. */
export interface NewObservation {
  readonly organization: string;
  readonly kind: ObservationKind;
  /** The floor of its sensor; null for doors. A late minute is computed again from the observations of its floor. */
  readonly floor: string | null;
  /** Moment of sensing. */
  readonly at: number;
  readonly acceptedAt: number;
  /** null: always new. */
  readonly idempotencyKey: IdempotencyKey | null;
  /** The observation as JSON text (model/observation). */
  readonly body: string;
  /** The trace that it came with (model/trace). */
  readonly trace?: string | null;
}

/** By which a repeated input is recognized. Unique per organization and kind of input. */
export interface IdempotencyKey {
  /** The id that the sender gave. */
  readonly id: string;
  /** Hash of the content. A stored hash that begins with it is of the same content: earlier releases stored longer ones. */
  readonly hash: string;
}

/** The answer to one input. `duplicate`: accepted before. `reused`: the same id came before with other content. Both write
 * nothing. */
export type Receipt =
  | { readonly status: "accepted"; readonly number: number }
  | { readonly status: "duplicate" }
  | { readonly status: "reused" };

export interface NewEvent {
  readonly id: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly subject: string;
  /** Moment of sensing. */
  readonly at: number;
  readonly acceptedAt: number;
  /** Exact text of the default payload. */
  readonly body: string;
  /** 0, or the number of the correction. */
  readonly revision: number;
  /** The value that a correction replaces, as JSON text. */
  readonly previous: string | null;
  /** The value that `onChange` deliveries compare, as JSON text; null: every event counts as changed. */
  readonly value: string | null;
  /** An event of a later moment may have been accepted before it: `onChange` deliveries of it and of the next event of its type
   * and subject are owed whatever their values. */
  readonly isLate: boolean;
  /** The scopes that the body does not show, as JSON text (model Scopes): a later replay matches the event again. */
  readonly scopes: string | null;
  /** Derived events: unique in the organization. A second event with this key is a duplicate. */
  readonly key: string | null;
  /** Ready-made events: the sender's id. */
  readonly idempotencyKey: IdempotencyKey | null;
  readonly deliveries: readonly NewDelivery[];
  /** Earlier events that are owed once more with this one. */
  readonly repeats: readonly Repeat[];
  /** The trace that it came with (model/trace). */
  readonly trace?: string | null;
}

/** An earlier derived event of the same type and scopes, if there is one, that is owed once more as a new delivery: of those
 * whose key is this text and a revision, the one with the highest revision when the call is done. The delivery is live,
 * spilled and due at once. A duplicate repeats nothing. */
export interface Repeat {
  readonly lane: number;
  readonly variant: number;
  /** Ends with a colon. */
  readonly key: string;
}

export interface NewDelivery {
  /** Number of the subscription. */
  readonly lane: number;
  /** How the stored payload is sent to this subscription: a small number that never changes its meaning. */
  readonly variant: number;
  /** true: owed only if the value differs from that of the last event of the same type and subject. */
  readonly onChange: boolean;
  /** Durable either way. true: `readDue` returns it. false: the caller keeps it in memory, and `readDue` leaves it out until
   * it is spilled, falls due again, or has a new owner. */
  readonly spilled: boolean;
}

/** Events of one organization, matched against its subscriptions as of `revision`. */
export interface Acceptance {
  readonly organization: string;
  readonly revision: number;
  readonly events: readonly NewEvent[];
}

/** Written if its event is new. `event`: its place among the events of the call. */
export interface AcceptedEntry {
  readonly event: number;
  readonly entry: ReadyMadeEntry;
  readonly acceptedAt: number;
}

/** How far sensing has folded the observation log, its state, and the minutes that it states. Written in the same transaction as
 * the events that follow from it. */
export interface FoldProgress {
  readonly epoch: Epoch;
  /** Position of the last observation folded. */
  readonly position: number;
  /** After a restart sensing reads the log again from behind this position, without writing what it has written before. At most
   * `position`. Observations behind it stay in the log. */
  readonly rereadFrom: number;
  /** The state that changed. */
  readonly subjects: readonly SubjectState[];
  /** A minute that is there already is replaced. */
  readonly minutes: readonly MinuteOf[];
  /** An entry that is there already is replaced, and keeps whom it concerned. */
  readonly entries: readonly Entry[];
}

/** What a restarted sensing begins with. Where owners before have come to different positions, both numbers are the lowest of them:
 * a part of the log [LogPart] knows for each shard what is folded. */
export interface SensingState extends Pick<FoldProgress, "position" | "rereadFrom"> {
  /** All of its state. */
  readonly subjects: readonly SubjectState[];
}

/** The part of the log that an owner of these shards reads. */
export interface LogPart {
  readonly shards: Shards;
  /** true: what is folded, which a restart reads again. false: what no owner before has folded. */
  readonly isFolded: boolean;
}

/** An observation of a floor in order of time. */
export interface LogPlace {
  /** Moment of sensing, epoch ms. */
  readonly at: number;
  readonly position: number;
}

export interface SubjectState {
  readonly organization: string;
  readonly key: string;
  /** JSON text; null removes the key. */
  readonly value: string | null;
}

export type AcceptResult =
  /** Nothing was written: subscriptions or model of these organizations have changed. Match again. */
  | { readonly status: "stale"; readonly organizations: readonly string[] }
  /** One receipt per event, in the order of the acceptances. */
  | { readonly status: "done"; readonly receipts: readonly EventReceipt[] };

export type EventReceipt =
  /** `deliveries`: their numbers in the order given; 0 where the value of an `onChange` delivery had not changed. `sequences`:
   * what number each has in its lane, without holes; 0 where it is not owed. `repeats`: numbers of the deliveries that repeat
   * earlier events, in the order given; 0 where there is no such event. */
  | {
      readonly status: "accepted";
      readonly number: number;
      readonly deliveries: readonly number[];
      readonly sequences: readonly number[];
      readonly repeats: readonly number[];
    }
  | { readonly status: "duplicate" }
  | { readonly status: "reused" };
