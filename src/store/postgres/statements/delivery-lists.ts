// The lists that a walk over deliveries can go down: all of them, those of lanes or of an organization, those that are owed, those
// that failed, those of an event or of a replay. A step is one statement that looks at a bounded number of rows, whomever they
// belong to. Partitions are read side by side from their newest rows, so those that have none of them are not read on.

import { stateNumber } from "../../codes.ts";
import type { DeliveryState } from "../../../model/delivery.ts";
import type { Session } from "../database.ts";
import type { Place } from "./delivery-find.ts";
import { of } from "./history-context.ts";

/** One step down a list. */
export interface Step {
  /** Highest first. */
  readonly places: readonly Place[];
  /** The list goes on below this number; null: it ends here. */
  readonly reached: number | null;
}

/** The next ones below `before`. */
export type DeliveryList = (before: number) => Promise<Step>;

/** Whose deliveries are wanted; numbers of the store, null: anybody's. */
export interface Whose {
  /** Few enough to be asked for one by one: `mostLanes`. */
  readonly lanes: readonly number[] | null;
  readonly organization: number | null;
}

/** Of more lanes than that the list of all is looked through. */
export const mostLanes = 64;
/** Places that a step finds where every row fits; of each of several lanes; rows that it looks through where others lie between. */
const [chunk, chunkOfLane, stride] = [256, 48, 2_000];

/** A source of places, the newest first: those that fit of the next ones that are looked at. The last row says down to which number
 * that was; null: to the end. `rows`: from which, in which order. */
const source = (rows: string, most: number, fits: string): string =>
  `(with looked as materialized (${rows} limit ${most}) select number, event, null::bigint as floor` +
  ` from looked where ${fits} union all select null, null, case when count(*) = ${most} then min(number) end from looked)`;
const owedIn = (table: "delivery" | Narrowed, most: number, fits = "true"): string => {
  const [where, order] = whereOf(table, "number");
  return source(
    `select number, event, organization from delivery where ${where} number < $1 order by ${order}`,
    most,
    fits,
  );
};
/** A row for each attempt. */
const triedIn = (table: "attempt" | Narrowed, most: number, fits = "true"): string => {
  const [where, order] = whereOf(table, "delivery");
  const rows = `select delivery as number, event, organization from attempt where ${where} delivery < $1 order by ${order}`;
  return source(rows, most, fits);
};

/** The rows of an index: its leading columns, each with the one value that is wanted. */
type Narrowed = readonly (readonly [column: string, value: string])[];

function whereOf(table: string | Narrowed, number: string): readonly [where: string, order: string] {
  if (typeof table === "string") return ["", `${number} desc`];
  const failed = table.some(([column]) => column === "state") ? "state > 0 and " : "";
  const where = table.map(([column, value]) => `${of(column, value)} and `).join("");
  return [failed + where, [...table.map(([column]) => column), number].map((column) => `${column} desc`).join(", ")];
}

/** Nothing is told below the highest floor of the sources, since one of them may have more there. The last row tells it. */
const step = (...sources: readonly string[]): string =>
  `with found as materialized (${sources.join(" union all ")}), floors as (select max(floor) as floor from found)` +
  " select number, max(event) as event, null::bigint as floor from found cross join floors" +
  " where number >= coalesce(floors.floor, 0) group by number union all select null, null, floor from floors" +
  " order by number desc nulls last";

/** A source for each of these. */
const ofEach = (each: "lane" | "event", from: string): string =>
  `select found.* from unnest($2::bigint[]) w (${each}) cross join lateral ${from} found`;
const theirs = "organization = $2::integer";
const lane = ["lane", "w.lane"] as const;

const all = step(owedIn("delivery", chunk), triedIn("attempt", chunk));
const ofOrganization = step(owedIn("delivery", stride, theirs), triedIn("attempt", stride, theirs));
const ofLanes = step(ofEach("lane", owedIn([lane], chunkOfLane)), ofEach("lane", triedIn([lane], chunkOfLane)));
const owed = step(owedIn("delivery", chunk));
const owedOfOrganization = step(owedIn("delivery", stride, theirs));
const owedOfLanes = step(ofEach("lane", owedIn([lane], chunkOfLane)));
const failed = step(triedIn([["state", "$2"]], chunk));
const failedOfOrganization = step(triedIn([["state", "$3"]], stride, theirs));
const failedOfLanes = step(ofEach("lane", triedIn([lane, ["state", "$3"]], chunkOfLane)));
// An event has as many deliveries as it has subscribers, and as it was owed again: they are all read.
const allOfEvent = (columns: string, table: string): string =>
  `select * from (select ${columns} from ${table} where event = w.event offset 0) r where number < $1 order by number desc`;
const ofEvents = step(
  ofEach("event", source(allOfEvent("number, event", "delivery"), stride, "true")),
  ofEach("event", source(allOfEvent("delivery as number, event", "attempt"), stride, "true")),
);
const inRun = step(
  source("select number, event from delivery where number < $1 and number >= $2 order by number desc", chunk, "true"),
  source(
    "select delivery as number, event from attempt where delivery < $1 and delivery >= $2 order by delivery desc",
    chunk,
    "true",
  ),
);
const run =
  "select p.first, p.last from replayed p join replay r on r.number = p.replay where r.id = $1 and p.first < $2" +
  " order by p.first desc limit 1";

export interface DeliveryLists {
  /** The shortest list that has all deliveries of these in a state; null: in any. It may have others. */
  best(whose: Whose, state: DeliveryState | null): DeliveryList;
  /** What these events were or are owed to. */
  events(numbers: readonly number[]): DeliveryList;
  /** Those that this replay added; empty where it is none. */
  replay(id: string): DeliveryList;
}

export function createDeliveryLists(session: Session): DeliveryLists {
  const list =
    (sql: string, ...more: readonly unknown[]): DeliveryList =>
    async (before) => {
      const rows = await session.rows<{ number: number | null; event: number; floor: number | null }>(sql, [
        before,
        ...more,
      ]);
      const places = rows.flatMap(({ number, event }) => (number === null ? [] : [{ number, event }]));
      return { places, reached: rows.at(-1)?.floor ?? null };
    };

  return {
    best({ lanes, organization }, state) {
      const [ofOne, ofHome, ofAnybody] = textsOf(state);
      const more = state === null || !(state in stateNumber) ? [] : failedState(state);
      if (lanes !== null) return list(ofOne, lanes, ...more);
      return organization === null ? list(ofAnybody, ...more) : list(ofHome, organization, ...more);
    },
    events: (numbers) => list(ofEvents, numbers),
    replay: (id) => async (before) => {
      const found = await session.row<{ first: number; last: number }>(run, [id, before]);
      if (found === undefined) return { places: [], reached: null };
      const { places, reached } = await list(inRun, found.first)(Math.min(found.last + 1, before));
      return { places, reached: reached ?? found.first };
    },
  };
}

/** Of lanes, of an organization, of anybody. */
function textsOf(state: DeliveryState | null): readonly [string, string, string] {
  if (state === "pending" || state === "held") return [owedOfLanes, owedOfOrganization, owed];
  if (state === null || state === "delivered") return [ofLanes, ofOrganization, all];
  return [failedOfLanes, failedOfOrganization, failed];
}

const failedState = (state: DeliveryState): readonly number[] => {
  const number = stateNumber[state as keyof typeof stateNumber];
  return number > 0 ? [number] : [];
};
