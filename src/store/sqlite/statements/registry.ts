// Statements of organizations, subscriptions, places, keys. Secrets come and go sealed: this side never holds a key that
// opens them.

import { BelfryError } from "../../../errors.ts";
import type { LocatedPlace, PlaceId, PlaceKind } from "../../../model/place-id.ts";
import type { AuditEntry, Change, ChangeResult, KeyRecord, OrganizationRecord } from "../../registry.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import type { WriteAudit } from "./audit.ts";
import { type EngineContext, plain } from "./engine-context.ts";
import { createDropLastValues } from "./drop-last-values.ts";

type SealedChange = Omit<Change, "put"> & { readonly put: readonly SealedSubscription[] };

interface SealedSnapshot {
  readonly organization: OrganizationRecord;
  readonly dataKey: Uint8Array;
  readonly subscriptions: readonly SealedSubscription[];
  readonly model: string | null;
}

export interface RegistryOperations {
  organizations(): readonly OrganizationRecord[];
  ensureOrganization(id: string, name: string, dataKey: Uint8Array, audit: AuditEntry): OrganizationRecord;
  dataKey(organization: string): Uint8Array | null;
  snapshot(organization: string): SealedSnapshot | null;
  subscription(id: string): { readonly organization: string; readonly sealed: SealedSubscription } | null;
  change(change: SealedChange, now: number): ChangeResult;
  allocate(count: number): number;
  locate(kind: PlaceKind, id: string): LocatedPlace | null;
  addKey(key: KeyRecord, audit: AuditEntry): void;
  key(id: string): KeyRecord | null;
  keys(): readonly KeyRecord[];
  revokeKey(id: string, audit: AuditEntry): boolean;
  audit(entry: AuditEntry): void;
}

/** Numbers begin where they look like the vendor's own. */
const firstNumber = 100_000_001;

/** Bytes of all subscriptions of an organization: they are read together, by a thread with a heap of 256 MB, at every start
 * as well. A hundred thousand usual ones are as much. */
const mostRecordBytes = 64 * 1024 * 1024;

/** Clients may name a record of these kinds by its id or by its number. */
const numberedKinds = ["building", "access_point", "device", "unit", "tenant", "keychain", "access_tool"] as const;

export function createRegistryEngine(context: EngineContext, writeAudit: WriteAudit): RegistryOperations {
  const organizationColumns = "select id, name, revision from organization";
  const organizations = context.prepare(`${organizationColumns} order by number`);
  const organization = context.prepare(`${organizationColumns} where id = ?`);
  const insertOrganization = context.prepare(
    "insert into organization (id, name, revision, data_key) values (?, ?, 1, ?) on conflict do nothing",
  );
  const whole = context.prepare("select data_key, model from organization where id = ?");
  const raise = context.prepare("update organization set revision = revision + 1 where number = ?");
  const rename = context.prepare("update organization set name = ? where number = ?");
  const putModel = context.prepare("update organization set model = ? where number = ?");
  const subscriptionColumns = "select s.number, s.id, s.state, s.record, s.secrets from subscription s";
  const subscriptions = context.prepare(
    `${subscriptionColumns} where organization = ? and removed_at is null order by number`,
  );
  const subscription = context.prepare(
    "select g.id as organization, s.number, s.id, s.state, s.record, s.secrets from subscription s" +
      " join organization g on g.number = s.organization where s.id = ? and s.removed_at is null",
  );
  const holder = context.prepare("select number, organization from subscription where id = ? or number = ?");
  const putSubscription = context.prepare(
    "insert into subscription (number, organization, id, state, record, secrets) values (?, ?, ?, ?, ?, ?)" +
      " on conflict (number) do update set state = excluded.state, record = excluded.record, secrets = excluded.secrets," +
      " removed_at = null",
  );
  // The record stays for the history, the secrets do not.
  const removeSubscription = context.prepare(
    "update subscription set removed_at = ?, secrets = null where number = ? and organization = ? and removed_at is null",
  );
  const record = context.prepare("select record from subscription where number = ? and removed_at is null");
  const recordBytes = context.prepare(
    "select ifnull(sum(octet_length(record)), 0) as total from subscription where organization = ? and removed_at is null",
  );
  const placeById = context.prepare("select organization, number from place where kind = ? and id = ?");
  const placeByNumber = context.prepare("select organization from place where kind = ? and number = ?");
  const located = context.prepare(
    "select g.id as organization, p.kind, p.id, p.number from place p join organization g on g.number = p.organization" +
      " where p.kind = ? and p.id = ?",
  );
  const numbered = context.prepare("select id from place where kind = ? and number = ?");
  const lastNumber = context.prepare(
    "select max(number) as last from place where kind = ? and number >= ? and number <= ?",
  );
  const idsBetween = context.prepare(
    "select id from place where kind = ? and id >= ? and id <= ? and length(id) = ? and id not glob '*[^0-9]*'",
  );
  const dropPlaces = context.prepare("delete from place where organization = ?");
  const insertPlace = context.prepare("insert into place (kind, id, organization, number) values (?, ?, ?, ?)");
  const insertKey = context.prepare("insert into key values (?, ?, ?, ?, ?, ?, ?)");
  const keyColumns =
    "select k.id, k.role, g.id as organization, k.target, k.hash, k.created_at as createdAt, k.revoked_at as revokedAt" +
    " from key k left join organization g on g.number = k.organization";
  const key = context.prepare(`${keyColumns} where k.id = ?`);
  const keys = context.prepare(`${keyColumns} order by k.created_at, k.id`);
  const revoke = context.prepare("update key set revoked_at = ? where id = ? and revoked_at is null");

  /** By id or by number, and an id must not be what another's number is called either: whoever is named by one of them
   * in a path or an observation would be somebody else. */
  const takenPlaces = (number: number, places: readonly PlaceId[]): PlaceId[] =>
    places.filter(({ kind, id, number: short }) => {
      const holders = [placeById.get(kind, id)];
      if (isNumber(id)) holders.push(placeByNumber.get(kind, Number(id)));
      if (short !== null) holders.push(placeByNumber.get(kind, short), placeById.get(kind, String(short)));
      return holders.some((held) => held !== undefined && held["organization"] !== number);
    });

  /** The last number of a range that names a place already; null: none does. */
  const lastUsed = (first: number, last: number): number | null => {
    const found = numberedKinds.flatMap((kind) => [
      lastNumber.get(kind, first, last)?.["last"],
      ...idsBetween.all(kind, String(first), String(last), String(first).length).map(({ id }) => id),
    ]);
    const used = found.map(Number).filter((number) => number >= first);
    return used.length === 0 ? null : Math.max(...used);
  };

  /** Throws where a public id or a lane number is somebody else's: callers draw both from `allocate` or chance. */
  const checkSubscriptions = (number: number, put: readonly SealedSubscription[]): void => {
    for (const each of put) {
      for (const held of holder.all(each.id, each.number)) {
        if (held["number"] !== each.number || held["organization"] !== number) {
          throw new BelfryError(
            "CONFLICT",
            `The id ${each.id} or its number ${each.number} belongs to another subscription.`,
          );
        }
      }
    }
  };

  const recordOf = (subscription: number): string | null =>
    (record.get(subscription)?.["record"] as string | undefined) ?? null;

  /** Throws where the subscriptions would come to more than can be read together. What makes them smaller is taken, and
   * what disables one: nothing may keep Belfry from that. */
  const checkRoom = (organization: number, put: readonly SealedSubscription[]): void => {
    let more = 0;
    for (const { number, state, record } of put) {
      if (state === "active") more += Buffer.byteLength(record) - Buffer.byteLength(recordOf(number) ?? "");
    }
    if (more <= 0 || Number(recordBytes.get(organization)?.["total"]) + more <= mostRecordBytes) return;
    throw new BelfryError(
      "CONFLICT",
      "The subscriptions of this organization are too large together. Remove some, or make them smaller.",
    );
  };

  const forgetValues = createDropLastValues(context);

  const write = (number: number, change: SealedChange, now: number): void => {
    const { name, put, remove, model } = change;
    if (name !== undefined) rename.run(name, number);
    for (const each of put) {
      forgetValues(number, recordOf(each.number), each.record);
      putSubscription.run(each.number, number, each.id, each.state, each.record, each.secrets);
    }
    for (const each of remove ?? []) {
      forgetValues(number, recordOf(each), null);
      removeSubscription.run(now, each, number);
    }
    if (model === undefined) return;
    putModel.run(model.document, number);
    dropPlaces.run(number);
    for (const place of model.places) insertPlace.run(place.kind, place.id, number, place.number);
  };

  return {
    organizations: () => organizations.all().map(plain) as OrganizationRecord[],
    ensureOrganization(id, name, dataKey, audit) {
      if (insertOrganization.run(id, name, dataKey).changes === 1) writeAudit(audit, context.organization(id).number);
      return plain(organization.get(id)!) as OrganizationRecord;
    },
    dataKey: (id) => (whole.get(id)?.["data_key"] as Uint8Array | undefined) ?? null,
    snapshot(id) {
      const row = whole.get(id);
      if (row === undefined) return null;
      return {
        organization: plain(organization.get(id)!) as OrganizationRecord,
        dataKey: row["data_key"] as Uint8Array,
        subscriptions: subscriptions.all(context.organization(id).number) as unknown as SealedSubscription[],
        model: row["model"] as string | null,
      };
    },
    subscription(id) {
      const row = subscription.get(id);
      if (row === undefined) return null;
      const { organization, ...sealed } = row as unknown as SealedSubscription & { organization: string };
      return { organization, sealed };
    },
    change(change, now) {
      const interned = context.organization(change.organization);
      if (change.revision !== null && change.revision !== interned.revision) {
        return { status: "stale", revision: interned.revision };
      }
      const taken = takenPlaces(interned.number, change.model?.places ?? []);
      if (taken.length > 0) return { status: "taken", places: taken };
      checkPlaces(change.model?.places ?? []);
      checkSubscriptions(interned.number, change.put);
      checkRoom(interned.number, change.put);
      write(interned.number, change, Math.floor(now));
      for (const entry of change.audit) writeAudit(entry, interned.number);
      raise.run(interned.number);
      return { status: "done", revision: ++interned.revision };
    },
    allocate(count) {
      let first = Number(context.meta("next_number") ?? firstNumber);
      // Numbers of as many digits can be compared as the texts that ids are.
      const digits = String(first).length;
      if (String(first + count - 1).length > digits) first = 10 ** digits;
      for (let used = lastUsed(first, first + count - 1); used !== null; used = lastUsed(first, first + count - 1)) {
        first = used + 1;
      }
      context.setMeta("next_number", first + count);
      return first;
    },
    locate(kind, id) {
      const found = located.get(kind, id);
      if (found !== undefined || !/^\d{1,15}$/.test(id)) return optional(found) as LocatedPlace | null;
      const byNumber = numbered.get(kind, Number(id))?.["id"];
      return optional(byNumber === undefined ? undefined : located.get(kind, byNumber)) as LocatedPlace | null;
    },
    addKey(record, audit) {
      const { id, role, target, hash, createdAt, revokedAt } = record;
      const owner = record.organization === null ? null : context.organization(record.organization).number;
      if (key.get(id) !== undefined) throw new BelfryError("CONFLICT", `There is a key ${id} already.`);
      insertKey.run(id, role, owner, target, hash, createdAt, revokedAt);
      writeAudit(audit, owner);
    },
    key: (id) => optional(key.get(id)) as KeyRecord | null,
    keys: () => keys.all().map(plain) as KeyRecord[],
    revokeKey(id, audit) {
      const found = key.get(id);
      if (found === undefined) return false;
      revoke.run(Math.floor(audit.at), id);
      const { organization } = found as { organization: string | null };
      writeAudit(audit, organization === null ? null : context.organization(organization).number);
      return true;
    },
    audit: (entry) => writeAudit(entry, null),
  };
}

/** Whether the id is just as its number would be written. */
function isNumber(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}

function optional(row: object | undefined): object | null {
  return row === undefined ? null : plain(row);
}

function checkPlaces(places: readonly PlaceId[]): void {
  const seen = new Set<string>();
  for (const { kind, id, number } of places) {
    for (const name of number === null ? [`${kind} ${id}`] : [`${kind} ${id}`, `${kind} number ${number}`]) {
      if (seen.has(name)) throw new BelfryError("INVALID_MODEL", `The model names ${name} twice.`);
      seen.add(name);
    }
  }
}
