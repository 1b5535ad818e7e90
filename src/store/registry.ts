// Port: who and where. It keeps organizations, subscriptions, building models, API keys and the audit. A change is optimistic:
// read a snapshot, decide in pure code, write with the revision that was read, start over if that is stale (see
// change-organization.ts). Secrets are sealed on the way in and opened on the way out, so none lies readable on the disk.

import type { Picture, PictureInfo, PictureKind } from "../model/picture.ts";
import type { LocatedPlace, PlaceId, PlaceKind } from "../model/place-id.ts";
import type { OwnRetention } from "../model/retention.ts";
import type { Role } from "../model/principal.ts";
import type { Subscription } from "../model/subscription.ts";
import type { PendingWithdrawal, Withdrawal } from "../model/withdrawal.ts";

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  /** Rises with every change of the organization. */
  readonly revision: number;
}

/** One organization as of one revision: everything that matching, deciding and composing need. */
export interface OrganizationSnapshot {
  readonly organization: OrganizationRecord;
  readonly subscriptions: readonly Subscription[];
  /** null: it has none yet. */
  readonly model: StoredModel | null;
  /** Whose deliveries are not all cancelled yet. */
  readonly withdrawals: readonly PendingWithdrawal[];
}

/** The building model of an organization, as it is stored. */
export interface StoredModel {
  /** Another text has another one, always: also that of an organization that was removed and made again. */
  readonly version: number;
  /** The normal form as JSON text (building/document). null: too large to come along, see `Registry.model`. */
  readonly text: string | null;
}

export interface KeyRecord {
  /** Public: the client id. */
  readonly id: string;
  readonly role: Role;
  /** null: an operator's key, for all of them. */
  readonly organization: string | null;
  /** Ids of the buildings or tenants that the key is for; empty: the whole organization, or all of them. */
  readonly targets: readonly string[];
  /** What its maker calls it, for people; null: nothing. */
  readonly name: string | null;
  readonly description: string | null;
  /** Keyed hash of the secret part. */
  readonly hash: Uint8Array;
  /** Epoch ms, like `revokedAt`. */
  readonly createdAt: number;
  /** null: it works. */
  readonly revokedAt: number | null;
}

/** What has a PIN. */
export type PinKind = "virtual_key" | "access_tool";

/** Who did what to what. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number;
  /** Id of the key or the portal link that acted, or `system`. */
  readonly actor: string;
  /** `subscription.create`, `key.revoke`, `signing_secret.reveal`, … */
  readonly action: string;
  /** Id of the subscription, key or organization that was changed or shown. */
  readonly object: string;
  /** Further facts as JSON text; never a secret. */
  readonly detail: string | null;
}

/** A change of one organization, written as a whole or not at all. */
export interface Change {
  readonly organization: string;
  /** The revision on which the change was decided; null: any. */
  readonly revision: number | null;
  /** New name of the organization. */
  readonly name?: string;
  /** For how long it keeps what, instead of what it had of its own. */
  readonly retention?: OwnRetention;
  /** Subscriptions as they will be. A new one has a number from `allocate`. */
  readonly put?: readonly Subscription[];
  /** Numbers of subscriptions to remove. Their deliveries stay in the history. */
  readonly remove?: readonly number[];
  /** The sentence that says so where somebody looks at what they were owed; default: their owner deleted them. */
  readonly removedBecause?: string;
  /** What waits for these lanes and may no longer go to them: cancelled by their owner afterwards, slice by slice. */
  readonly withdraw?: readonly Withdrawal[];
  /** The whole model in normal form, and every id in it. Replaces the model before. Without `places` their index stays as it is:
   * of a large model it is brought up to date in pieces, see `addPlaces`. */
  readonly model?: {
    readonly document: string;
    readonly places?: readonly PlaceId[];
    /** What the text says, for those who would read it again at once (organizations/live-registry). It is not stored. */
    readonly value?: unknown;
  };
  readonly audit: readonly AuditEntry[];
}

/** Only `done` wrote something. `modelVersion`: that of the model that was written. */
export type ChangeResult =
  | { readonly status: "done"; readonly revision: number; readonly modelVersion?: number }
  /** The organization has this revision now. Read and decide again. */
  | { readonly status: "stale"; readonly revision: number };

/** Errors are BelfryErrors. All operations that write throw UNAVAILABLE while the disk is full. */
export interface Registry {
  /** All but the installation [model/organization.ts]. */
  organizations(): Promise<readonly OrganizationRecord[]>;

  /** Creates an empty organization, unless it exists. Throws INVALID for an id that is not one. */
  ensureOrganization(id: string, name: string, audit: AuditEntry): Promise<OrganizationRecord>;

  /** Removes an organization with all that belongs to it: its subscriptions, keys, model and sign-ins at once; what is kept of
   * its traffic by `eraseRemoved`. The audit stays. false: there is no such organization. */
  removeOrganization(id: string, audit: AuditEntry): Promise<boolean>;

  /** Erases a slice of what is left of removed organizations, also of those that an earlier process removed. false: nothing is
   * left. */
  eraseRemoved(): Promise<boolean>;

  /** null: there is no such organization. */
  snapshot(organization: string): Promise<OrganizationSnapshot | null>;

  /** The text of a model that did not come along, read in pieces. null: the organization has another version by now, or none. */
  model(organization: string, version: number): Promise<string | null>;

  /** Removes texts of models that the organization had, and that could not be removed when they were replaced. Throws where they
   * still cannot. false: there were none. */
  removeOldModels(organization: string): Promise<boolean>;

  /** Of all organizations that have something of their own. */
  retentions(): Promise<ReadonlyMap<string, OwnRetention>>;
  /** What the organization has of its own. Throws NOT_FOUND. */
  retention(organization: string): Promise<OwnRetention>;

  /** The subscription with this public id (`webhook_…`, or digits). `organization`: of no other, which costs the same whether
   * another has it or nobody; null: of any. */
  subscription(id: string, organization: string | null): Promise<Subscription | null>;

  /** Throws NOT_FOUND for an unknown organization, INVALID_MODEL where the model names an id twice, CONFLICT where a
   * subscription has the id or number of another, or the subscriptions are too large together. */
  change(change: Change): Promise<ChangeResult>;

  /** Gives out `count` numbers that follow each other and were never given out before. Returns the first. For lanes and
   * `butterflymx_id`s; those name no place of `organization` yet. */
  allocate(count: number, organization?: string): Promise<number>;

  /** Finds places by their id or, where `id` is digits, by their number. `organization`: look nowhere else, so that there is one
   * at most, and what others have makes no difference; null: in all of them, eight at most. The models have the last word: what
   * stands here may be gone already. */
  locate(kind: PlaceKind, id: string, organization: string | null): Promise<readonly LocatedPlace[]>;

  /** A piece of the index of places, before a change of a model that has them; as large as the caller lets others wait. */
  addPlaces(organization: string, places: readonly PlaceId[]): Promise<void>;
  /** After a change of a model that has them no longer. */
  dropPlaces(organization: string, places: readonly PlaceId[]): Promise<void>;

  /** Throws CONFLICT where the id is in use. */
  addKey(key: KeyRecord, audit: AuditEntry): Promise<void>;
  key(id: string): Promise<KeyRecord | null>;
  keys(): Promise<readonly KeyRecord[]>;
  /** false: there is no such key. */
  revokeKey(id: string, audit: AuditEntry): Promise<boolean>;

  /** Keeps the PIN of a virtual key, or the code of an access tool, sealed. Replaces the one before. */
  putPin(organization: string, kind: PinKind, id: string, pin: string): Promise<void>;
  /** In clear, by id; those without one are left out. */
  pins(organization: string, kind: PinKind, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  dropPins(organization: string, kind: PinKind, ids: readonly string[]): Promise<void>;

  /** Keeps an uploaded picture instead of the one before. All four throw NOT_FOUND for an unknown organization. */
  putPicture(organization: string, picture: Omit<Picture, "size">, audit: AuditEntry): Promise<void>;
  picture(organization: string, kind: PictureKind, id: string): Promise<Picture | null>;
  /** Without their bytes. */
  pictures(organization: string): Promise<readonly PictureInfo[]>;
  /** false: there is none. */
  dropPicture(organization: string, kind: PictureKind, id: string, audit: AuditEntry): Promise<boolean>;

  /** Appends to the audit without any other change: a revealed secret, a refused sign-in. */
  audit(entry: AuditEntry): Promise<void>;
}
