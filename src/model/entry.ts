// An entry of an access log or a call as it is kept for reading: the record in the vendor's words, and by what it is found.

/** How a tenant is concerned by an entry. */
export interface EntryGrant {
  readonly tenant: string;
  /** Where the tenant lived then. */
  readonly unit: string;
  readonly ground: "self" | "unit" | "mate";
}

export const entryKinds = ["access", "call"] as const;
export type EntryKind = (typeof entryKinds)[number];

export interface Entry {
  readonly organization: string;
  readonly kind: EntryKind;
  /** Rises with acceptance over all panels. */
  readonly number: number;
  /** Id of the building. */
  readonly building: string;
  /** Moment of sensing, epoch ms. */
  readonly at: number;
  readonly acceptedAt: number;
  /** The panel's own id; null: it gave none. */
  readonly sourceId: string | null;
  /** Of a call; null for entries of access logs. */
  readonly guid: string | null;
  /** `release_status`, or the status of the call. */
  readonly status: string;
  /** What filters ask for: `notification_type` of a call, the release method of an entry; null: none. */
  readonly type: string | null;
  /** Number or id of the access point or the device; null: none was named. */
  readonly origin: string | null;
  /** Lower case, one word group a line, each line after a line break: the unit's label, names. */
  readonly words: string;
  /** The record as JSON text (model AccessLog, CallLog). */
  readonly data: string;
  readonly grants: readonly EntryGrant[];
  /** It came as a ready-made event: its record says the sender's number, so the vendor's API does not list it. */
  readonly readyMade?: true;
}

/** What a ready-made event leaves for reading: an entry, numbered when it is accepted, or the status of such a call. */
export type ReadyMadeEntry =
  | Omit<Entry, "number" | "acceptedAt">
  | { readonly organization: string; readonly statusOf: string; readonly status: string };

/** The number of what stands at this place of the observation log: above all that earlier releases took from panels of nine
 * digits, and it rises with acceptance. */
export const entryNumber = (position: number): number => 1_000_000_000 + position;
