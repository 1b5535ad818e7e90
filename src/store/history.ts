// Port: what happened. Reads for the API, the command line, exports and replays. Pages of a list come newest first; where others
// come in another order, the read says so. They run on a connection of their own, which can write nothing and never holds up
// the ledger. Times are epoch ms.

import type { ClassStorage, RetentionClass } from "../model/retention.ts";
import type { OutcomeCode } from "../model/attempt.ts";
import type { DeliveryState } from "../model/delivery.ts";
import type { DialectName } from "../model/event.ts";
import type { Entry, EntryKind } from "../model/entry.ts";
import type { Minute, MinuteSeries } from "../model/minute.ts";
import type { AuditEntry } from "./registry.ts";
import type { FiguresQuery, LaneFigures } from "./figure-reads.ts";
import type { NumberedPage, NumberedQuery } from "./sequence-reads.ts";
import type { EndedPage, EndedQuery, EventRange, KeptPage, KeptQuery } from "./replay-reads.ts";

export interface EventView {
  readonly number: number;
  readonly id: string;
  readonly organization: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly subject: string;
  /** Moment of sensing. */
  readonly at: number;
  readonly acceptedAt: number;
  /** 0, or the number of the correction. */
  readonly revision: number;
  readonly body: string;
}

export interface DeliveryView {
  readonly number: number;
  /** Id of its event, and the event's type. */
  readonly event: string;
  readonly type: string;
  /** What the event is about. */
  readonly subject: string;
  readonly organization: string;
  /** Public id of the subscription, also after it was removed. */
  readonly subscription: string;
  /** `held`: its subscription is disabled, or it is in quarantine; then `last` has the code `quarantined`. */
  readonly state: DeliveryState;
  /** Requests made so far. */
  readonly attempts: number;
  readonly createdAt: number;
  /** When the next attempt is due; null: there will be none, or not while it is held. */
  readonly due: number | null;
  /** The number of its event in the subscription; null: it has none. */
  readonly sequence: number | null;
  /** The last attempt; null: there was none yet. */
  readonly last: AttemptView | null;
  /** The number of the delivery about the same subject that goes before it, in a lane in order; absent: there is none, and
   * in pages. */
  readonly behind?: number;
}

/** An attempt, or the closing row of a delivery that ended or is held without one. */
export interface AttemptView {
  /** 1, 2, 3, … */
  readonly attempt: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly code: OutcomeCode;
  /** HTTP status; null: there was no response. */
  readonly status: number | null;
  readonly detail: string | null;
  /** How many bytes of the response were read. */
  readonly responseBytes: number;
  /** First bytes of the response; null: none were stored. */
  readonly response: Uint8Array | null;
}

/** What the requests of a delivery are composed of. */
export interface SentText {
  /** Number of its event. */
  readonly eventNumber: number;
  readonly event: string;
  readonly dialect: DialectName;
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  /** Of a correction: the value before it, as JSON text. */
  readonly previous: string | null;
  readonly variant: number;
  readonly lane: number;
}

export interface PageRequest {
  /** Items at most; a page may have fewer and not be the last. */
  readonly limit: number;
  /** Only items with a lower number: `before` of the last page; null: from the newest. */
  readonly before: number | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Ask for the next page with it; null: this was the last. */
  readonly before: number | null;
}

export interface EventQuery extends PageRequest {
  /** null: all of them; so with every filter here. */
  readonly organization: string | null;
  readonly type: string | null;
  /** What it is about; absent is null, here and below. */
  readonly subject?: string | null;
  /** Accepted then or later. */
  readonly since: number | null;
  /** Accepted before. */
  readonly until?: number | null;
}

export interface DeliveryQuery extends PageRequest {
  readonly organization: string | null;
  /** Public id of a subscription; one that never existed has no deliveries. */
  readonly subscription: string | null;
  /** Only of these subscriptions; absent is null, here and below. */
  readonly subscriptions?: readonly string[] | null;
  readonly state: DeliveryState | null;
  /** Of the last attempt. */
  readonly code?: OutcomeCode | null;
  /** Id of the event. */
  readonly event?: string | null;
  readonly type?: string | null;
  readonly subject?: string | null;
  /** Id of the job that added them. */
  readonly replay?: string | null;
  /** Created then or later. */
  readonly since: number | null;
  /** Created before. */
  readonly until?: number | null;
}

/** Minutes of one space or sensor with `from` ≤ begin < `until`, in the order of time. */
export interface MinuteQuery {
  readonly organization: string;
  readonly series: MinuteSeries;
  readonly subject: string;
  readonly from: number;
  readonly until: number;
  /** Items at most: up to 10,080, a week. A page may have fewer and not be the last. */
  readonly limit: number;
  /** Only minutes that begin later: `after` of the last page; null: from the first. */
  readonly after: number | null;
}

export interface MinutePage {
  readonly items: readonly Minute[];
  /** Ask for the next page with it; null: this was the last. */
  readonly after: number | null;
}

/** An event that sensing derived, and what became of it. */
export interface DerivedView extends Omit<EventView, "organization" | "body"> {
  /** Of a correction: the value before it, as JSON text. */
  readonly previous: string | null;
  /** How many of the deliveries that were made with it are in which state; resends and replays do not count. */
  readonly deliveries: Partial<Record<DeliveryState, number>>;
}

/** An entry as it is read; who it was granted to is for queries. */
export type EntryView = Omit<Entry, "grants" | "words">;

/** Which entries somebody asks for, and may see. */
export interface EntryFilter {
  /** null: all of them; never null where tenants ask. */
  readonly organization: string | null;
  readonly kind: EntryKind | null;
  /** Those of ready-made events, too. */
  readonly withReadyMade?: true;
  /** Id of a building; null: all. */
  readonly building: string | null;
  /** Only what was granted to one of these tenants, each with the unit of today; null: no tenant asks. `mates`: also what they
   * know through others of their unit. */
  readonly tenants: readonly { readonly id: string; readonly unit: string; readonly mates: boolean }[] | null;
  /** Moment, epoch ms, inclusive. */
  readonly from?: number;
  readonly to?: number;
  /** One of these, in any case of letters. */
  readonly statuses?: readonly string[];
  readonly types?: readonly string[];
  readonly origins?: readonly string[];
  /** A beginning of the unit's label or of a name, in any case of letters. */
  readonly words?: string;
  readonly guid?: string;
  readonly number?: number;
  readonly sourceId?: string;
}

/** A page of a list whose length is known. */
export interface EntryPage {
  readonly items: readonly EntryView[];
  readonly total: number;
}

/** How many rows there are now; retention has removed older ones. Of what is far above 10,000 it may be an estimate. */
export interface Totals {
  readonly observations: number;
  readonly events: number;
  /** Deliveries that are still owed, held ones included. */
  readonly pending: number;
  readonly attempts: number;
}

/** Which entries of the audit; null or absent: all of them. */
export interface AuditQuery extends PageRequest {
  readonly organization?: string | null;
  /** Epoch ms: from `since` on, before `until`. */
  readonly since?: number | null;
  readonly until?: number | null;
  /** Id of the key that acted, or `system`. */
  readonly actor?: string | null;
  /** `key.revoke`; with a dot at its end, all that begin so. */
  readonly action?: string | null;
  /** Id of what was changed or shown. */
  readonly object?: string | null;
}

export interface AuditView extends AuditEntry {
  /** Its place in the chain: 1, 2, 3, … */
  readonly number: number;
  /** null: of none, or of one that was removed. */
  readonly organization: string | null;
}

/** An entry of the audit. */
export interface AuditPosition {
  readonly number: number;
  readonly hash: Uint8Array;
}

export interface AuditCheck {
  /** The first entry that does not follow from the one before it: it was changed, or that one was changed or removed. */
  readonly brokenAt: number | null;
  /** The last entry that follows. */
  readonly last: AuditPosition;
  /** There is nothing more to check. */
  readonly isEnd: boolean;
}

/** What is owed to a lane of events that were accepted before a time. */
export interface ExpiringLane {
  readonly lane: number;
  readonly deliveries: number;
  /** When the first of these events was accepted, epoch ms. */
  readonly oldest: number;
}

export interface ExpiringSlice {
  readonly lanes: readonly ExpiringLane[];
  /** Give it to the next read; null: there is no more. */
  readonly after: number | null;
}

export interface History {
  events(query: EventQuery): Promise<Page<EventView>>;
  /** `organization`: null looks in all of them, and finds the newest. */
  event(organization: string | null, id: string): Promise<EventView | null>;
  deliveries(query: DeliveryQuery): Promise<Page<DeliveryView>>;
  /** `organization`: of no other, which costs the same whether another has it or nobody. */
  delivery(number: number, organization?: string | null): Promise<DeliveryView | null>;
  /** null: there is no such delivery, or its subscription may not have the event any more. */
  sentText(delivery: number): Promise<SentText | null>;
  /** All attempts of one delivery, first to last. If it was cancelled or quarantined, a closing row without a request is the
   * last. */
  attempts(delivery: number): Promise<readonly AttemptView[]>;
  /** A minute without an item was not observed well enough, or is past its retention. */
  minutes(query: MinuteQuery): Promise<MinutePage>;
  /** The events with these keys (`derivedKey` of model/event) that exist, in the order of the keys; at most 1,000. */
  derived(organization: string, keys: readonly string[]): Promise<readonly DerivedView[]>;
  /** Newest first by number. */
  entries(filter: EntryFilter, limit: number, offset: number): Promise<EntryPage>;
  /** The same, from a number downwards. */
  entriesBefore(filter: EntryFilter, page: PageRequest): Promise<Page<EntryView>>;
  /** Which events were accepted with `from` ≤ time < `to`. */
  eventRange(organization: string, from: number, to: number): Promise<EventRange>;
  /** Events of one organization, the oldest first. */
  keptEvents(query: KeptQuery): Promise<KeptPage>;
  /** How the deliveries of a lane ended, the oldest first. */
  endedDeliveries(query: EndedQuery): Promise<EndedPage>;
  /** What a lane was owed by its numbers, the lowest first. */
  numbered(query: NumberedQuery): Promise<NumberedPage>;
  /** How the attempts of lanes went, and what waits; in the order of `lanes`. Costs a few ms for each. */
  figures(query: FiguresQuery): Promise<readonly LaneFigures[]>;
  /** What is still owed of events accepted before a time, by lane; slice by slice, from 0. One lane may come in several. */
  expiring(before: number, after: number): Promise<ExpiringSlice>;
  /** What one class has on the disk, of an organization or (null) of all: estimated from a sample. */
  classStorage(kind: RetentionClass, organization: string | null): Promise<ClassStorage>;
  /** Bytes of the database on the disk, and of those what is free in it, as far as it tells. */
  fileBytes(): Promise<{ readonly file: number; readonly free: number }>;
  /** A page may be empty and not be the last: so many entries are looked through at a time. */
  audit(query: AuditQuery): Promise<Page<AuditView>>;
  /** Checks the chain of the audit from this entry on, null: from the first, as far as takes a few ms. */
  checkAudit(from: AuditPosition | null): Promise<AuditCheck>;
  totals(): Promise<Totals>;
  /** Deliveries that are still owed, held ones included; an estimate where they are far above 10,000. */
  pending(): Promise<number>;
}
