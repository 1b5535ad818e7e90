// Everything that all statements share: the connection, the last numbers given out, and short numbers for organizations and
// kinds. It is a cache of the database: a rollback throws it away.

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { BelfryError } from "../../../errors.ts";
import { OwnershipLost } from "../../ownership.ts";
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
  /** The highest number given out so far. The caller raises it after the row is written. */
  readonly last: Record<Numbered, number>;
  /** Throws OwnershipLost unless this is the epoch of the owner, who owns all shards. */
  checkEpoch(epoch: Epoch): void;
  raiseEpoch(): number;
  findOrganization(id: string): InternedOrganization | undefined;
  /** Throws NOT_FOUND. Call it before the first write of an operation. */
  organization(id: string): InternedOrganization;
  /** It was removed. */
  forgetOrganization(id: string): void;
  kind(dialect: string, name: string): number;
  /** Must follow every rollback. */
  reset(): void;
}

/** Finds the highest number of each table, also when its newest rows have ended. */
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

  const organizations = new Map<string, InternedOrganization>();
  const kinds = createKinds(database);
  const last: Record<Numbered, number> = { observation: 0, event: 0, delivery: 0 };
  let epoch = 0;

  const meta = (name: string) => getMeta.get(name)?.["value"] as SQLInputValue | undefined;
  const setMeta = (name: string, value: SQLInputValue) => void putMeta.run(name, value);

  const reset = () => {
    organizations.clear();
    kinds.reset();
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
    forgetOrganization: (id) => void organizations.delete(id),
    kind: kinds.number,
    reset,
  };
}

interface Kinds {
  number(dialect: string, name: string): number;
  reset(): void;
}

/** Short numbers for names that are in every row; a new name gets one when it is first used. */
function createKinds(database: DatabaseSync): Kinds {
  const find = database.prepare("select number from kind where dialect = ? and name = ?");
  const insert = database.prepare("insert into kind (dialect, name) values (?, ?) returning number");
  const kinds = new Map<string, Map<string, number>>();
  return {
    number(dialect, name) {
      let names = kinds.get(dialect);
      if (names === undefined) kinds.set(dialect, (names = new Map()));
      const known = names.get(name);
      if (known !== undefined) return known;
      const row = find.get(dialect, name) ?? insert.get(dialect, name);
      const number = Number(row?.["number"]);
      names.set(name, number);
      return number;
    },
    reset: () => kinds.clear(),
  };
}

/** Rows of SQLite have no prototype. With one, they compare like any other object, whether they crossed a thread or not. */
export function plain(row: object): object {
  return { ...row };
}
