// The lists that a walk over deliveries can go down: all of them, those of a lane, those that are owed, those that failed.

import type { DatabaseSync } from "node:sqlite";
import type { DeliveryState } from "../../../model/delivery.ts";
import { stateNumber } from "../../codes.ts";

/** Numbers of deliveries below `before`, highest first, at most `limit`. */
export type DeliveryList = (before: number, limit: number) => readonly number[];

export interface DeliveryLists {
  /** Number of the lane of a subscription; undefined: there never was such a subscription. `organization`: in no other. */
  lane(subscription: string, organization: string | null): number | undefined;
  /** The shortest list that has all deliveries of a lane and a state; null: of any. */
  best(lane: number | null, state: DeliveryState | null): DeliveryList;
}

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
  const owedOfLane = reader(
    database,
    "select number from delivery where number < :before and lane = :lane order by number desc limit :limit",
  );
  const failed = createFailed(database);
  const ofLane = createOfLane(database);
  const lane = database.prepare(
    "select s.number from subscription s join organization g on g.number = s.organization where s.id = :subscription" +
      " and (:organization is null or g.id = :organization)",
  );

  return {
    lane: (subscription, organization) => lane.get({ subscription, organization })?.["number"] as number | undefined,
    best(lane, state) {
      if (state === "pending" || state === "held") {
        return (before, limit) => (lane === null ? owed({ before, limit }) : owedOfLane({ before, lane, limit }));
      }
      const few = state === null ? undefined : failed[state];
      if (few !== undefined) return (before, limit) => few({ before, limit });
      return lane === null ? (before, limit) => all({ before, limit }) : ofLane(lane);
    },
  };
}

/** By final state. The state is in the text, since SQLite chooses no partial index for a parameter. */
function createFailed(database: DatabaseSync): { readonly [State in DeliveryState]?: Read } {
  return Object.fromEntries(
    (["exhausted", "cancelled", "expired"] as const).map((state) => [
      state,
      reader(
        database,
        `select delivery as number from attempt indexed by attempt_failed where state > 0 and state = ${stateNumber[state]}` +
          " and delivery < :before" +
          " order by delivery desc limit :limit",
      ),
    ]),
  );
}

/** The young deliveries are found by a scan, the others in `delivery_by_lane`, which says how far it reaches. */
function createOfLane(database: DatabaseSync): (lane: number) => DeliveryList {
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
  return (lane) => (before, limit) => {
    const reached = Number(reach.get()?.["value"] ?? 0);
    const found = young({ reached, before, lane, limit });
    if (found.length === limit) return found;
    return [...found, ...listed({ lane, before, reached, limit: limit - found.length })];
  };
}
