// Port: who and where. Organizations, subscriptions, building models, keys, audit. Changes are optimistic: read, decide
// in pure code, write with the revision that was read, and start over when it has moved on. Secrets are sealed on the way
// in and opened on the way out; no caller ever sees a sealed one.

import type { LocatedPlace, PlaceId, PlaceKind } from "../model/place-id.ts";
import type { Role } from "../model/principal.ts";
import type { Subscription } from "../model/subscription.ts";

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  /** Rises with every change of its subscriptions, tenants or model. */
  readonly revision: number;
}

/** Everything that matching and expressing need to know of one organization, as of one revision. */
export interface OrganizationSnapshot {
  readonly organization: OrganizationRecord;
  readonly subscriptions: readonly Subscription[];
  /** The normal form of the building model as JSON text (building/document); null: none was put yet. */
  readonly model: string | null;
}

export interface KeyRecord {
  /** Public: the client id. */
  readonly id: string;
  readonly role: Role;
  readonly organization: string | null;
  readonly target: string | null;
  /** Keyed hash of the secret part. */
  readonly hash: Uint8Array;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface AuditEntry {
  readonly at: number;
  /** Id of the key that acted, or `system`. */
  readonly actor: string;
  /** `subscription.create`, `key.revoke`, `signing_secret.reveal`, … */
  readonly action: string;
  /** What it was done to. */
  readonly object: string;
  /** Further facts as JSON text, never with a secret in it. */
  readonly detail: string | null;
}

export interface Change {
  readonly organization: string;
  /** The revision this change was decided on; null: whatever it is (keys, audit). */
  readonly revision: number | null;
  /** New name of the organization. */
  readonly name?: string;
  /** Subscriptions as they shall be, new ones with a number from `allocate`. */
  readonly put?: readonly Subscription[];
  /** Numbers of subscriptions to remove. Their past stays readable in the history. */
  readonly remove?: readonly number[];
  /** The whole model in normal form, and every id in it. */
  readonly model?: { readonly document: string; readonly places: readonly PlaceId[] };
  readonly audit: readonly AuditEntry[];
}

export type ChangeResult =
  | { readonly status: "done"; readonly revision: number }
  | { readonly status: "stale"; readonly revision: number }
  /** Ids of the model belong to another organization already. Nothing was written. */
  | { readonly status: "taken"; readonly places: readonly PlaceId[] };

export interface Registry {
  organizations(): Promise<readonly OrganizationRecord[]>;

  /** Creates an empty organization unless it exists. */
  ensureOrganization(id: string, name: string, audit: AuditEntry): Promise<OrganizationRecord>;

  /** Null: no such organization. */
  snapshot(organization: string): Promise<OrganizationSnapshot | null>;

  /** The subscription with this public id (`webhook_…`, digits), wherever it is. */
  subscription(id: string): Promise<Subscription | null>;

  change(change: Change): Promise<ChangeResult>;

  /** `count` integers that were never given out before; returns the first. For lane numbers and `butterflymx_id`s. */
  allocate(count: number): Promise<number>;

  /** Finds a place by its id or, where `id` is digits, its number. */
  locate(kind: PlaceKind, id: string): Promise<LocatedPlace | null>;

  addKey(key: KeyRecord, audit: AuditEntry): Promise<void>;
  key(id: string): Promise<KeyRecord | null>;
  keys(): Promise<readonly KeyRecord[]>;
  /** False: no such key. */
  revokeKey(id: string, audit: AuditEntry): Promise<boolean>;

  /** Appends to the hash-chained audit without any other change (a reveal, a refused sign-in). */
  audit(entry: AuditEntry): Promise<void>;
}
