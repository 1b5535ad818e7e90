// Reads of derived events by their key, with the states of what was owed for each: for whoever asks which corrections of a
// minute went out.

import type { DatabaseSync } from "node:sqlite";
import type { DeliveryState } from "../../../model/delivery.ts";
import { holdsDeliveries, type SubscriptionState } from "../../../model/subscription.ts";
import { stateName } from "../../codes.ts";
import { quarantine } from "../../delivery-view.ts";
import type { DerivedView } from "../../history.ts";
import { deliveryBounds } from "./delivery-lists.ts";
import { plain } from "./engine-context.ts";

export interface DerivedReads {
  derived(organization: string, keys: readonly string[]): readonly DerivedView[];
}

type Counts = Partial<Record<DeliveryState, number>>;
type DeliveriesOf = (event: number, acceptedAt: number) => Counts;

export function createDerivedReads(database: DatabaseSync): DerivedReads {
  const byKey = database.prepare(
    "select e.number, e.id, k.dialect, k.name as type, e.subject, e.at, e.accepted_at as acceptedAt, e.revision, e.previous" +
      " from event e join kind k on k.number = e.kind" +
      " where e.organization = (select number from organization where id = ?) and e.key = ?",
  );
  const deliveriesOf = createDeliveriesOf(database);
  return {
    derived: (organization, keys) =>
      keys.flatMap((key) => {
        const row = byKey.get(organization, key);
        if (row === undefined) return [];
        const event = plain(row) as Omit<DerivedView, "deliveries">;
        return [{ ...event, deliveries: deliveriesOf(event.number, event.acceptedAt) }];
      }),
  };
}

/** Deliveries made at the same time may be numbered in another order than their times. */
const slackMs = 10_000;

/** No index leads from an event to its deliveries, but these are numbered in the order of the time at which they were made,
 * which is that of the event's acceptance; a later resend has a time of its own. */
function createDeliveriesOf(database: DatabaseSync): DeliveriesOf {
  const firstFrom = createFirstFrom(database);
  const owed = database.prepare(
    "select s.state as active, d.location, count(*) as count from delivery d left join subscription s on s.number = d.lane" +
      " where d.number between ? and ? and d.event = ? and d.created_at = ? group by s.state, d.location",
  );
  const ended = database.prepare(
    "select state, count(distinct delivery) as count from attempt" +
      " where delivery between ? and ? and event = ? and started_at - waited = ? and state is not null group by state",
  );
  return (event, acceptedAt) => {
    const range = [firstFrom(acceptedAt - slackMs), firstFrom(acceptedAt + slackMs)] as const;
    const counts: Counts = {};
    const add = (state: DeliveryState, count: number): void => void (counts[state] = (counts[state] ?? 0) + count);
    for (const row of owed.all(...range, event, acceptedAt)) {
      const isHeld = holdsDeliveries(row["active"] as SubscriptionState | null) || row["location"] === quarantine;
      add(isHeld ? "held" : "pending", Number(row["count"]));
    }
    for (const row of ended.all(...range, event, acceptedAt))
      add(stateName(Number(row["state"])), Number(row["count"]));
    return counts;
  };
}

/** The number of a delivery near the first that was made at this time or later. */
function createFirstFrom(database: DatabaseSync): (createdAt: number) => number {
  const bounds = database.prepare(deliveryBounds);
  const next = database.prepare(
    "select number, createdAt from (select number, created_at as createdAt from delivery where number >= :from" +
      " order by number limit 1) union all select delivery, createdAt from (select delivery, started_at - waited as createdAt" +
      " from attempt where delivery >= :from order by delivery limit 1) order by number limit 1",
  );
  return (createdAt) => {
    const { first, last } = bounds.get() as { first: number | null; last: number | null };
    let [low, high] = [first ?? 0, (last ?? -1) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = next.get({ from: middle }) as { number: number; createdAt: number };
      if (row.createdAt < createdAt) low = row.number + 1;
      else high = middle;
    }
    return low;
  };
}
