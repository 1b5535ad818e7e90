// What was sent of a space lately: its events, each with a dot for every delivery.

import type { Delivery, List } from "../api/types.ts";
import type { Live } from "../live/use-live.ts";
import { readsAll } from "../api/session.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Moment } from "../parts/moment.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";

const most = 8;

export function SpaceEvents({ live, space }: { readonly live: Live<List<Delivery>>; readonly space: string }) {
  const id = space.slice(space.indexOf(":") + 1);
  return (
    <section class="space-events" aria-labelledby="panel-events">
      <h3 id="panel-events">Its events, and the deliveries they caused</h3>
      {live.data === null ? (
        <NotRead failure={live.failure} again={live.refresh} rows={3} />
      ) : live.data.data.length === 0 ? (
        <Empty title="Nothing was sent of it yet.">
          <p>An event is sent when a subscription takes its type.</p>
        </Empty>
      ) : (
        <>
          <ul class="event-lines">
            {grouped(live.data.data)
              .slice(0, most)
              .map((group) => (
                <EventLine key={group[0]!.event} deliveries={group} />
              ))}
          </ul>
          <Link to={address("/deliveries", { subject: id })} class="button">
            All its deliveries
          </Link>
        </>
      )}
    </section>
  );
}

/** Deliveries of one event together, newest first. */
function grouped(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.event);
    if (group === undefined) groups.set(delivery.event, [delivery]);
    else group.push(delivery);
  }
  return [...groups.values()];
}

function EventLine({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const [first] = deliveries;
  const { event, type, created_at: at } = first!;
  return (
    <li>
      <Moment at={at} as="clock" />
      {readsAll.value ? (
        <Link to={address(`/events/${event}`)} class="event-type">
          {type}
        </Link>
      ) : (
        <span class="event-type">{type}</span>
      )}
      <span class="dots">
        {deliveries.map((delivery) => (
          <Link
            key={delivery.id}
            to={address(`/deliveries/${delivery.id}`)}
            class={`dot ${delivery.state}`}
            label={dotName(delivery)}
            title={dotName(delivery)}
          >
            <span />
          </Link>
        ))}
      </span>
    </li>
  );
}

function dotName({ state, last_attempt: last }: Delivery): string {
  return last === null
    ? `Delivery ${state}`
    : `Delivery ${state}: the receiver ${outcomeWords(last.code, last.status)}`;
}
