// Everything that all statements share: the connections, ordered writes, partitions, and small numbers for kinds and
// organizations. A kind never changes its number, so it is remembered; of an organization nothing is remembered beyond a call.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { Epoch } from "../shards.ts";
import type { Database, Session, Transaction } from "./database.ts";
import type { HeldEpochs } from "./held-epochs.ts";
import type { OrderedWrites } from "./ordered-writes.ts";
import { checkEpoch, createOwnerWrites, type OwnerWrites } from "./owner-writes.ts";
import type { Partitions } from "./partitions.ts";

export { shardsOf } from "./held-epochs.ts";

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
  readonly held: HeldEpochs;
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly kinds: Kinds;
  /** By id; those that do not exist are left out. */
  organizations(session: Session, ids: Iterable<string>): Promise<ReadonlyMap<string, InternedOrganization>>;
  /** Throws NOT_FOUND. Call it before the first write of an operation. */
  organization(session: Session, id: string): Promise<InternedOrganization>;
  /** For ordered writes of owners; others are `owners.run`. Throws OwnershipLost unless all shards of the epoch still have it, also
   * while somebody is taking them over. Nobody can take any of them before the transaction ends. */
  checkEpoch(transaction: Transaction, epoch: Epoch): Promise<void>;
}

export const notFound = (organization: string): BelfryError =>
  new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);

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
  const owners = createOwnerWrites(given.database, given.held);
  return {
    ...given,
    kinds: createKinds(given.database),
    owners,
    checkEpoch,
    organizations,
    async organization(session, id) {
      const found = (await organizations(session, [id])).get(id);
      if (found === undefined) throw notFound(id);
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
