// One event: its payload letter for letter, and everybody to whom it went.

import { get, part, type Query } from "../api/client.ts";
import { getPage } from "../api/list.ts";
import type { Delivery, EventAnswer } from "../api/types.ts";
import { DeliveriesTable } from "../deliveries/deliveries-table.tsx";
import { type Live, useLive } from "../live/use-live.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Id } from "../parts/id.tsx";
import { Json } from "../parts/json.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf, Subject } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { useById, useSubscriptions } from "../subscriptions/all-subscriptions.ts";
import { dialects } from "../subscriptions/name.ts";
import { Fact } from "../parts/fact.tsx";
import { NotSent } from "./not-sent.tsx";
import { saysShort } from "../words/event.ts";
import { plural } from "../../../src/words/plural.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { span } from "../../../src/words/time.ts";

export function EventPage({ id }: { readonly id: string }) {
  const live = useLive(`event ${id}`, (signal) => get<EventAnswer>(`/v1/events/${part(id)}`, {}, signal), 600_000);
  const deliveries = useDeliveries(live.data);
  const subscriptions = useSubscriptions(20_000);
  const sent = deliveries.data;
  const byId = useById(subscriptions);
  const above = <Link to={address("/events")}>Events</Link>;
  const event = live.data;
  if (event === null) {
    return (
      <Page title={shortId(id)} above={above}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const says = saysShort(event.type, event.body);
  return (
    <Page title={`${event.type}, ${nameOf(event.subject)}`} above={above} beside={<Id id={event.id} />}>
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="sent">
            <h2 id="sent">
              {sent === null
                ? "Sent"
                : sent.length === 0
                  ? "Sent to nobody"
                  : `Sent in ${plural(sent.length, "delivery", "deliveries")}`}
            </h2>
            {sent === null ? (
              <NotRead failure={deliveries.failure} again={deliveries.refresh} rows={2} />
            ) : sent.length === 0 ? (
              <Empty title="No subscription took it." />
            ) : (
              <DeliveriesTable deliveries={sent} subscriptions={byId} ofOneEvent />
            )}
          </section>
          <NotSent event={id} subscriptions={byId} />
        </div>
        <div>
          <section class="card" aria-labelledby="facts">
            <h2 id="facts">What happened</h2>
            <dl class="facts">
              {says !== "" && <Fact name="Says">{says}</Fact>}
              <Fact name="About">
                <Subject id={event.subject} />
              </Fact>
              <Fact name="Happened">
                <Moment at={event.at} />
              </Fact>
              <Fact name="Accepted">
                <Moment at={event.accepted_at} />{" "}
                <span class="muted">({span(Date.parse(event.accepted_at) - Date.parse(event.at))} later)</span>
              </Fact>
              <Fact name="Revision">
                {event.revision === 0 ? "the first" : `correction ${event.revision} of an earlier event`}
              </Fact>
              <Fact name="Dialect">{dialects[event.dialect]}</Fact>
            </dl>
          </section>
          <section class="card" aria-labelledby="payload">
            <h2 id="payload">Payload</h2>
            <Json text={event.body} what="Payload" />
          </section>
        </div>
      </div>
    </Page>
  );
}

const soonMs = 10_000;

/** Those that were made with the event come at once. Looking for later ones, which were sent again, goes through everything since. */
function useDeliveries(event: EventAnswer | null): Live<readonly Delivery[]> {
  const id = event?.id ?? null;
  const accepted = event === null ? 0 : Date.parse(event.accepted_at);
  const of = (query: Query, signal: AbortSignal) =>
    getPage<Delivery>("/v1/deliveries", { event: id, limit: 100, ...query }, signal);
  const first = useLive(id === null ? null : `first of ${id}`, (signal) =>
    of({ since: accepted - 1, until: accepted + soonMs }, signal),
  );
  const again = useLive(
    id === null ? null : `again of ${id}`,
    (signal) => of({ since: accepted + soonMs }, signal),
    20_000,
  );
  const found = [...(again.data?.data ?? []), ...(first.data?.data ?? [])];
  return { ...first, data: first.data === null ? null : found };
}
