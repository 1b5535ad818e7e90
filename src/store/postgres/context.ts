// Everything that all statements share: the connections, ordered writes, partitions, and small numbers for kinds and
// organizations. A kind never changes its number, so it is remembered; of an organization nothing is remembered beyond a call.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import { OwnershipLost } from "../ownership.ts";
import { type Epoch, shardCount } from "../shards.ts";
import type { Database, Session, Transaction } from "./database.ts";
import type { OrderedWrites } from "./ordered-writes.ts";
import { createOwnerWrites, type OwnerWrites } from "./owner-writes.ts";
import type { Partitions } from "./partitions.ts";

export interface InternedOrganization {
  readonly number: number;
  readonly id: string;
  readonly shard: number;
  readonly revision: number;
}

export interface Context {
  readonly database: Database;
  readonly ordered: OrderedWrites;
  readonly owners: OwnerWrites;
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly kinds: Kinds;
  /** By id; those that do not exist are left out. */
  organizations(session: Session, ids: Iterable<string>): Promise<ReadonlyMap<string, InternedOrganization>>;
  /** Throws NOT_FOUND. Call it before the first write of an operation. */
  organization(session: Session, id: string): Promise<InternedOrganization>;
  /** Throws OwnershipLost unless all shards of the epoch still have it. Nobody can take any of them before the transaction ends. */
  checkEpoch(transaction: Transaction, epoch: Epoch): Promise<void>;
}

/** The shards of an epoch as numbers. */
export const shardsOf = ({ shards }: Epoch): readonly number[] =>
  shards === "all" ? Array.from({ length: shardCount }, (_, number) => number) : shards;

/** Half of an advisory lock's name; the other half is the epoch. Owners share it, and who takes shards over has it alone. */
export const ownerLock = 0x6f776e65;

export function createContext(
  given: Omit<Context, "kinds" | "owners" | "organizations" | "organization" | "checkEpoch">,
): Context {
  async function organizations(
    session: Session,
    ids: Iterable<string>,
  ): Promise<ReadonlyMap<string, InternedOrganization>> {
    const found = await session.rows<InternedOrganization>(
      "select number, id, shard, revision from organization where id = any($1)",
      [[...new Set(ids)]],
    );
    return new Map(found.map((each) => [each.id, each]));
  }
  const checkEpoch: Context["checkEpoch"] = async (transaction, epoch) => {
    const { number } = epoch;
    const shards = shardsOf(epoch);
    await transaction.rows("select pg_advisory_xact_lock_shared($1, $2)", [ownerLock, number]);
    const found = await transaction.row<{ lost: number }>(
      "select count(*) as lost from unnest($1::smallint[]) wanted (number) left join shard s on s.number = wanted.number" +
        " where s.epoch is distinct from $2",
      [shards, number],
    );
    if (found!.lost > 0)
      throw new OwnershipLost(`epoch ${number} has ended: ${found!.lost} of its shards have another owner`);
  };
  return {
    ...given,
    kinds: createKinds(given.database),
    owners: createOwnerWrites({ database: given.database, checkEpoch }),
    checkEpoch,
    organizations,
    async organization(session, id) {
      const found = (await organizations(session, [id])).get(id);
      if (found === undefined) throw new BelfryError("NOT_FOUND", `There is no organization ${id}.`);
      return found;
    },
  };
}

export interface Kinds {
  /** A new name gets a number when it is first used. Never call it within a transaction. */
  number(dialect: string, name: string): Promise<number>;
  /** Numbers of several, in their order. */
  numbers(names: readonly (readonly [dialect: string, name: string])[]): Promise<readonly number[]>;
}

function createKinds({ session }: Database): Kinds {
  const known = new Map<string, number>();
  async function number(dialect: string, name: string): Promise<number> {
    const key = `${dialect} ${name}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const find = () =>
      session.row<{ number: number }>("select number from kind where dialect = $1 and name = $2", [dialect, name]);
    const found =
      (await find()) ??
      (await session.row<{ number: number }>(
        "insert into kind (dialect, name) values ($1, $2) on conflict do nothing returning number",
        [dialect, name],
      )) ??
      (await find());
    known.set(key, found!.number);
    return found!.number;
  }
  return {
    number,
    async numbers(names) {
      const found: number[] = [];
      for (const [dialect, name] of names) found.push(await number(dialect, name));
      return found;
    },
  };
}
