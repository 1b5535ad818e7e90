// What every statement family works with: the connection, the last numbers given out, and short numbers for organizations
// and kinds. All of it can be thrown away and read again, as a rollback demands.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { BelfryError } from "../../../errors.ts";
import { OwnershipLost } from "../../ledger.ts";
import type { Epoch } from "../../shards.ts";

interface InternedOrganization {
  readonly number: number;
  readonly id: string;
  revision: number;
}

/** Tables whose rows are numbered by the engine. A number is used again only if its row never became durable. */
type Numbered = "observation" | "event" | "delivery";

export interface EngineContext {
  readonly database: DatabaseSync;
  prepare(sql: string): StatementSync;
  meta(name: string): SQLInputValue | undefined;
  setMeta(name: string, value: SQLInputValue): void;
  /** The highest number given out so far; the caller raises it after a row was written. */
  readonly last: Record<Numbered, number>;
  /** Throws OwnershipLost unless this is the epoch of the owner, who owns all shards. */
  checkEpoch(epoch: Epoch): void;
  raiseEpoch(): number;
  findOrganization(id: string): InternedOrganization | undefined;
  /** Throws NOT_FOUND. Call it before the first write of a verb. */
  organization(id: string): InternedOrganization;
  kind(dialect: string, name: string): number;
  /** Forgets what it remembers of the database, after a rollback. */
  reset(): void;
}

/** Where the highest number of each table is found, also when its newest rows have ended already. */
const highest: Record<Numbered, string> = {
  observation: "select max(position) as top from observation",
  event: "select max(number) as top from event",
  delivery:
    "select max((select ifnull(max(number), 0) from delivery), (select ifnull(max(delivery), 0) from attempt)) as top",
};

export function createEngineContext(database: DatabaseSync): EngineContext {
  const getMeta = database.prepare("select value from meta where name = ?");
  const putMeta = database.prepare(
    "insert into meta values (?, ?) on conflict (name) do update set value = excluded.value",
  );
  const getOrganization = database.prepare("select number, id, revision from organization where id = ?");
  const getKind = database.prepare("select number from kind where dialect = ? and name = ?");
  const putKind = database.prepare("insert into kind (dialect, name) values (?, ?) returning number");

  const organizations = new Map<string, InternedOrganization>();
  const kinds = new Map<string, Map<string, number>>();
  const last: Record<Numbered, number> = { observation: 0, event: 0, delivery: 0 };
  let epoch = 0;

  const meta = (name: string) => getMeta.get(name)?.["value"] as SQLInputValue | undefined;
  const setMeta = (name: string, value: SQLInputValue) => void putMeta.run(name, value);

  const reset = () => {
    organizations.clear();
    kinds.clear();
    epoch = Number(meta("epoch") ?? 0);
    for (const table of ["observation", "event", "delivery"] as const) {
      const top = Number(database.prepare(highest[table]).get()?.["top"] ?? 0);
      last[table] = Math.max(top, Number(meta(`last_${table}`) ?? 0));
    }
  };
  reset();

  const findOrganization = (id: string) => {
    const known = organizations.get(id);
    if (known !== undefined) return known;
    const row = getOrganization.get(id) as unknown as InternedOrganization | undefined;
    if (row !== undefined) organizations.set(id, row);
    return row;
  };

  return {
    database,
    prepare: (sql) => database.prepare(sql),
    meta,
    setMeta,
    last,
    checkEpoch({ number, shards }) {
      if (number !== epoch) throw new OwnershipLost(`epoch ${number} has ended, the owner is in epoch ${epoch}`);
      if (shards !== "all") throw new OwnershipLost("the owner of this database owns all shards, not some");
    },
    raiseEpoch() {
      setMeta("epoch", epoch + 1);
      return ++epoch;
    },
    findOrganization,
    organization(id) {
      const found = findOrganization(id);
      if (found === undefined) throw new BelfryError("NOT_FOUND", `There is no organization ${id}.`);
      return found;
    },
    kind(dialect, name) {
      let names = kinds.get(dialect);
      if (names === undefined) kinds.set(dialect, (names = new Map()));
      const known = names.get(name);
      if (known !== undefined) return known;
      const row = getKind.get(dialect, name) ?? putKind.get(dialect, name);
      const number = Number(row?.["number"]);
      names.set(name, number);
      return number;
    },
    reset,
  };
}

/** Rows come without a prototype; what leaves the engine shall compare like any other object, with a thread or without. */
export function plain(row: object): object {
  return { ...row };
}
