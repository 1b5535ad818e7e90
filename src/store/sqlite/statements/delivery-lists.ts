// The lists that a walk over deliveries can go down: all of them, those of a lane or an organization, those that are owed, those
// that failed. Each step looks at a bounded number of rows, whomever they belong to.

import type { DatabaseSync } from "node:sqlite";
import type { DeliveryState } from "../../../model/delivery.ts";
import { stateNumber } from "../../codes.ts";

/** One step down a list. */
export interface Step {
  /** Of deliveries, highest first. */
  readonly numbers: readonly number[];
  /** The list goes on below this number; null: it ends here. */
  readonly reached: number | null;
}

/** The next numbers below `before`. */
export type DeliveryList = (before: number) => Step;

/** Whose deliveries are wanted; numbers of the store, null: anybody's. */
export interface Whose {
  readonly lane: number | null;
  readonly organization: number | null;
}

export interface DeliveryLists {
  /** Number of the lane of a subscription; undefined: there never was such a subscription. `organization`: in no other. */
  lane(subscription: string, organization: string | null): number | undefined;
  /** Number of an organization; undefined: it never had a subscription, so it has no deliveries. */
  organization(id: string): number | undefined;
  /** The shortest list that has all deliveries of these in a state; null: in any. It may have others. */
  best(whose: Whose, state: DeliveryState | null): DeliveryList;
  /** Those that this replay added; empty where it is none. */
  replay(id: string): DeliveryList;
}

/** Numbers that a step finds where every row fits, and rows that it looks through where others lie between. */
const chunk = 256;
const stride = 2_000;

type Read = (given: Record<string, number>) => readonly number[];

function reader(database: DatabaseSync, sql: string): Read {
  const statement = database.prepare(sql);
  return (given) => statement.all(given).map((row) => Number(row["number"]));
}

export function createDeliveryLists(database: DatabaseSync): DeliveryLists {
  const all = reader(
    database,
    "select number from (select number from delivery where number < :before order by number desc limit :limit) union" +
      " select delivery from (select distinct delivery from attempt where delivery < :before order by delivery desc" +
      " limit :limit) order by number desc limit :limit",
  );
  const owed = reader(database, "select number from delivery where number < :before order by number desc limit :limit");
  const owedOf = createThinned(database, "select number from delivery where number", "number");
  const failed = createFailed(database);
  const ofLane = createOfLane(database);
  const ofOrganization = createOfOrganization(database);
  const lane = database.prepare(
    "select s.number from subscription s join organization g on g.number = s.organization where s.id = :subscription" +
      " and (:organization is null or g.id = :organization)",
  );
  const organization = database.prepare(
    "select number from organization o where id = ? and exists (select 1 from subscription s where s.organization = o.number)",
  );

  const ofReplay = createOfReplay(database);

  return {
    replay: ofReplay,
    lane: (subscription, organization) => lane.get({ subscription, organization })?.["number"] as number | undefined,
    organization: (id) => organization.get(id)?.["number"] as number | undefined,
    best(whose, state) {
      const isAnybody = whose.lane === null && whose.organization === null;
      if (state === "pending" || state === "held") return isAnybody ? chunked(owed) : owedOf(whose);
      const few = state === null ? undefined : failed[state];
      if (few !== undefined) return few(whose);
      if (whose.lane !== null) return chunked(ofLane(whose.lane));
      return whose.organization === null ? chunked(all) : ofOrganization(whose.organization);
    },
  };
}

/** A list of which every row fits. */
const chunked =
  (read: Read): DeliveryList =>
  (before) => {
    const numbers = read({ before, limit: chunk });
    return { numbers, reached: numbers.length < chunk ? null : numbers.at(-1)! };
  };

/** Those of a lane or an organization from a list in which others lie between: so many rows are looked through in a step.
 * `rows`: what selects the list, up to a condition for the column that numbers it. */
function createThinned(database: DatabaseSync, rows: string, column: string): (whose: Whose) => DeliveryList {
  const end = database.prepare(`${rows} < ? order by ${column} desc limit 1 offset ${stride - 1}`);
  const between = `${rows} >= :from and ${column} < :before`;
  const byLane = reader(database, `${between} and lane = :one order by ${column} desc`);
  const byOrganization = reader(database, `${between} and organization = :one order by ${column} desc`);
  const everything = reader(database, `${between} order by ${column} desc`);
  return ({ lane, organization }) =>
    (before) => {
      const reached = (end.get(before)?.["number"] as number | undefined) ?? null;
      const range = { from: reached ?? 0, before };
      if (lane !== null) return { numbers: byLane({ ...range, one: lane }), reached };
      if (organization !== null) return { numbers: byOrganization({ ...range, one: organization }), reached };
      return { numbers: everything(range), reached };
    };
}

/** By final state. The state is in the text, since SQLite chooses no partial index for a parameter. */
function createFailed(database: DatabaseSync): { readonly [State in DeliveryState]?: (whose: Whose) => DeliveryList } {
  return Object.fromEntries(
    (["exhausted", "cancelled", "expired", "superseded"] as const).map((state) => [
      state,
      createThinned(
        database,
        `select delivery as number from attempt indexed by attempt_failed where state > 0 and state = ${stateNumber[state]}` +
          " and delivery",
        "delivery",
      ),
    ]),
  );
}

/** The first and the last number there is; null: there is none. Each of the four is asked for by itself, which makes it one step
 * down a tree: two together would look at every row. */
export const deliveryBounds =
  "select min(first) as first, max(last) as last from (select (select min(number) from delivery) as first," +
  " (select max(number) from delivery) as last union all select (select min(delivery) from attempt)," +
  " (select max(delivery) from attempt))";

/** Down the numbers themselves: most rows of an attempt's table are needed for nothing but their organization. */
function createOfOrganization(database: DatabaseSync): (organization: number) => DeliveryList {
  const between = reader(
    database,
    "select number from delivery where number >= :from and number < :before and organization = :organization union" +
      " select delivery from attempt where delivery >= :from and delivery < :before and organization = :organization" +
      " order by number desc",
  );
  const first = database.prepare(`select first from (${deliveryBounds})`);
  // Each step begins at a number that there is: a database that was restored has left out very many.
  const below = database.prepare(
    "select max(number) as number from (select max(number) as number from delivery where number < :before" +
      " union all select max(delivery) from attempt where delivery < :before)",
  );
  return (organization) => (before) => {
    const last = below.get({ before })?.["number"];
    if (typeof last !== "number") return { numbers: [], reached: null };
    const from = last + 1 - stride;
    const isEnd = from <= Number(first.get()!["first"]);
    return { numbers: between({ from, before: last + 1, organization }), reached: isEnd ? null : from };
  };
}

/** A replay has added runs of numbers that follow each other. */
function createOfReplay(database: DatabaseSync): (id: string) => DeliveryList {
  const job = database.prepare("select number from replay where id = ?");
  const run = database.prepare(
    "select first, last from replayed where replay = ? and first < ? order by first desc limit 1",
  );
  return (id) => {
    const number = Number(job.get(id)?.["number"] ?? 0);
    return (before) => {
      const found = run.get(number, before);
      if (found === undefined) return { numbers: [], reached: null };
      const from = Math.min(Number(found["last"]), before - 1);
      const first = Math.max(Number(found["first"]), from - chunk + 1);
      return { numbers: Array.from({ length: from - first + 1 }, (_, index) => from - index), reached: first };
    };
  };
}

/** The young deliveries are found by a scan, the others in `delivery_by_lane`, which says how far it reaches. */
function createOfLane(database: DatabaseSync): (lane: number) => Read {
  const young = reader(
    database,
    "select number from delivery where number > :reached and number < :before and lane = :lane union" +
      " select delivery from attempt where delivery > :reached and delivery < :before and lane = :lane" +
      " order by number desc limit :limit",
  );
  const listed = reader(
    database,
    "select delivery as number from delivery_by_lane where lane = :lane and delivery < :before and delivery <= :reached" +
      " order by delivery desc limit :limit",
  );
  const reach = database.prepare("select value from meta where name = 'delivery_by_lane'");
  return (lane) => (given) => {
    const reached = Number(reach.get()?.["value"] ?? 0);
    const found = young({ ...given, reached, lane });
    const limit = given["limit"]!;
    if (found.length === limit) return found;
    return [...found, ...listed({ ...given, lane, reached, limit: limit - found.length })];
  };
}
