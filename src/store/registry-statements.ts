// What the registry asks of an engine. Secrets come and go sealed: an engine never holds a key that opens them. Each operation is
// one transaction.

import type { OwnRetention } from "../model/retention.ts";
import type { PendingWithdrawal } from "../model/withdrawal.ts";
import type {
  AuditEntry,
  Change,
  ChangeResult,
  OrganizationRecord,
  PinKind,
  Registry,
  StoredModel,
} from "./registry.ts";
import type { SealedSubscription } from "./sealed-subscription.ts";

export interface SealedSnapshot {
  /** Of the organization. No other has it, also none of the same id that was removed before. */
  readonly number: number;
  readonly organization: OrganizationRecord;
  /** Wrapped. */
  readonly dataKey: Uint8Array;
  /** Numbers of all, in order, and those that were written after the revision that was asked for. */
  readonly subscriptions: { readonly numbers: readonly number[]; readonly changed: readonly SealedSubscription[] };
  readonly model: StoredModel | null;
  readonly withdrawals: readonly PendingWithdrawal[];
}

export interface FoundSubscription {
  readonly organization: string;
  /** Of the organization, wrapped. */
  readonly dataKey: Uint8Array;
  readonly sealed: SealedSubscription;
}

/** A text that is written with its change, or the version of one that was written in pieces before. */
export type GivenModel = { readonly text: string } | { readonly version: number };

export type SealedChange = Omit<Change, "put" | "model"> & {
  readonly put: readonly SealedSubscription[];
  readonly model?: GivenModel & Pick<NonNullable<Change["model"]>, "places">;
};

/** `isLeft`: the version of a model whose forerunner is not removed yet. */
export type AppliedChange = ChangeResult & { readonly isLeft?: number };

export interface SealedPin {
  readonly id: string;
  readonly sealed: Uint8Array;
}

/** Texts of building models. */
export interface ModelStatements {
  /** Begins a text of the organization. Returns its version: the highest so far. Throws NOT_FOUND. */
  beginModel(organization: string): Promise<number>;
  /** Pieces count from 0. */
  addModelPiece(organization: string, version: number, piece: number, text: string): Promise<void>;
  /** null: the organization has another model, or none. undefined: it has no such piece. */
  modelPiece(organization: string, version: number, piece: number): Promise<string | null | undefined>;
  /** The text was written, or given up. Removes some of what its organization no longer needs. false: nothing is left. */
  endModel(version: number): Promise<boolean>;
  /** Versions of texts that were begun and not ended, and that no process is at work on any more. */
  modelsUnderWay(): Promise<readonly number[]>;
}

/** Operations in which nothing is sealed. They are those of the port. */
type PlainOperations = Pick<
  Registry,
  | "removeOrganization"
  | "eraseRemoved"
  | "allocate"
  | "retention"
  | "locate"
  | "addPlaces"
  | "dropPlaces"
  | "addKey"
  | "key"
  | "keys"
  | "revokeKey"
  | "dropPins"
  | "putPicture"
  | "picture"
  | "pictures"
  | "dropPicture"
  | "audit"
>;

/** The others are like the operations of the port [registry.ts] of the same names, but for what is sealed. */
export interface RegistryStatements extends PlainOperations, ModelStatements {
  /** All, also the installation. */
  organizations(): Promise<readonly OrganizationRecord[]>;
  /** Creates the organization with this wrapped data key, unless it exists. */
  ensureOrganization(id: string, name: string, dataKey: Uint8Array, audit: AuditEntry): Promise<OrganizationRecord>;
  /** The wrapped data key; null: there is no such organization. */
  dataKey(organization: string): Promise<Uint8Array | null>;
  /** As of one moment. Of subscriptions only those that were written after the revision `since`; -1: all. */
  snapshot(organization: string, since: number): Promise<SealedSnapshot | null>;
  subscription(id: string, organization: string | null): Promise<FoundSubscription | null>;
  /** `now`: epoch ms. */
  change(change: SealedChange, now: number): Promise<AppliedChange>;
  /** Of all organizations that have something of their own, by id. */
  retentions(): Promise<readonly (readonly [organization: string, retention: OwnRetention])[]>;
  putPin(organization: string, kind: PinKind, id: string, sealed: Uint8Array): Promise<void>;
  pins(organization: string, kind: PinKind, ids: readonly string[]): Promise<readonly SealedPin[]>;
}
