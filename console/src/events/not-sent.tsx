// To which subscriptions an event did not go, and why, as far as it can be told from how they are now.

import { get, part } from "../api/client.ts";
import type { EventSubscription, Subscription } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead } from "../parts/faces.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { titleOf } from "../subscriptions/name.ts";
import { shortId } from "../../../src/words/short-id.ts";

const filters: Readonly<Record<string, string>> = {
  org_ids: "organizations",
  site_ids: "sites",
  building_ids: "buildings",
  floor_ids: "floors",
  room_ids: "rooms",
  zone_ids: "zones",
  mac_addresses: "sensors",
  occupancy: "the number of people",
};

export function whyNotSent({ reason, filter }: Pick<EventSubscription, "reason" | "filter">): string {
  switch (reason) {
    case "younger":
      return "It was made after the event.";
    case "type":
      return "It does not take this type.";
    case "resource":
      return "It takes this type of another door or panel.";
    case "scope":
      return "The event is not of its building, or does not concern its tenant.";
    case "filter":
      return `Its filter by ${filters[filter ?? ""] ?? filter} leaves it out.`;
    case "unchanged":
      return "It takes values that have changed, and this one had not.";
    default:
      return "As it is now it would get the event: it was changed since.";
  }
}

/** Those that take the type come first: that others do not is no surprise. */
const rank = ({ reason }: EventSubscription): number => (reason === "type" ? 1 : 0);

interface NotSentProps {
  readonly event: string;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

export function NotSent({ event, subscriptions }: NotSentProps) {
  const live = useLive(
    `audience of ${event}`,
    (signal) => get<{ data: readonly EventSubscription[] }>(`/v1/events/${part(event)}/subscriptions`, {}, signal),
    60_000,
  );
  const left = live.data?.data.filter(({ delivery }) => delivery === null).toSorted((a, b) => rank(a) - rank(b));
  return (
    <section class="card" aria-labelledby="not-sent">
      <h2 id="not-sent">Not sent to</h2>
      {left === undefined ? (
        <NotRead failure={live.failure} again={live.refresh} rows={2} />
      ) : left.length === 0 ? (
        <Empty title="Every subscription of this dialect got it." />
      ) : (
        <ul class="reasons-list">
          {left.map((each) => {
            const known = subscriptions.get(each.subscription);
            return (
              <li key={each.subscription}>
                <Link to={address(`/subscriptions/${part(each.subscription)}`)}>
                  <bdi>{known === undefined ? shortId(each.subscription) : titleOf(known)}</bdi>
                </Link>
                <span class="row-more">
                  {whyNotSent(each)}
                  {each.state !== "active" && ` It is ${each.state} now; that alone would only hold it.`}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
