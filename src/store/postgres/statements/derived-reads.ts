// Reads of derived events by their key, with the states of what was owed for each: for whoever asks which corrections of a
// minute went out.

import type { DeliveryState } from "../../../model/delivery.ts";
import type { DerivedView } from "../../history.ts";
import type { Session } from "../database.ts";
import { rowState } from "./delivery-find.ts";
import type { HistoryContext, Reads } from "./history-context.ts";

/** Keys of one statement: each is looked for in every partition. */
const keysAtOnce = 100;

const byKey =
  "select e.* from unnest($2::text[]) with ordinality wanted (key, place) cross join lateral (select e.number, e.id, k.dialect," +
  ' k.name as type, e.subject, e.at, e.accepted_at as "acceptedAt", e.revision, e.previous from event e join kind k on k.number = e.kind' +
  " where e.organization = (select o.number from organization o where o.id = $1) and e.key = wanted.key limit 1) e" +
  " order by wanted.place";

// Deliveries that were made with their event: a later resend has a time of its own.
const counts =
  "select s.event, null::smallint as state, d.location, 0::bigint as due, u.state as active, count(*) as count" +
  " from unnest($1::bigint[], $2::bigint[]) s (event, at) cross join lateral (select lane, location from delivery" +
  " where event = s.event and created_at = s.at offset 0) d left join subscription u on u.number = d.lane group by 1, 3, 5" +
  " union all select s.event, d.state, null, null, null, count(distinct d.delivery) from unnest($1::bigint[], $2::bigint[]) s (event, at)" +
  " cross join lateral (select delivery, state from attempt where event = s.event and started_at - waited = s.at" +
  " and state is not null offset 0) d group by 1, 2";

type Counts = Partial<Record<DeliveryState, number>>;
type CountRow = Parameters<typeof rowState>[0] & { readonly event: number; readonly count: number };

export function createDerivedReads({ session }: HistoryContext): Reads<"derived"> {
  return {
    async derived(organization, keys) {
      const views: DerivedView[] = [];
      for (let first = 0; first < keys.length; first += keysAtOnce) {
        const some = keys.slice(first, first + keysAtOnce);
        const events = await session.rows<Omit<DerivedView, "deliveries">>(byKey, [organization, some]);
        const deliveries = await countsOf(session, events);
        for (const event of events) views.push({ ...event, deliveries: deliveries.get(event.number) ?? {} });
      }
      return views;
    },
  };
}

async function countsOf(
  session: Session,
  events: readonly Omit<DerivedView, "deliveries">[],
): Promise<ReadonlyMap<number, Counts>> {
  const found = new Map<number, Counts>();
  if (events.length === 0) return found;
  const given = [events.map(({ number }) => number), events.map(({ acceptedAt }) => acceptedAt)];
  for (const row of await session.rows<CountRow>(counts, given)) {
    const state = rowState(row)!;
    const of = found.get(row.event) ?? {};
    found.set(row.event, { ...of, [state]: (of[state] ?? 0) + row.count });
  }
  return found;
}
