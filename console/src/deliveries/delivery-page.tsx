// One delivery: what is owed to whom, every attempt with its answer, and the payload.

import { useState } from "preact/hooks";
import { get, part, send } from "../api/client.ts";
import { owns, readsAll } from "../api/session.ts";
import type { Delivery, EventAnswer, Subscription } from "../api/types.ts";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { Confirm } from "../parts/confirm.tsx";
import { NotRead, Stale } from "../parts/faces.tsx";
import { Id } from "../parts/id.tsx";
import { Json } from "../parts/json.tsx";
import { DeliveryMark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { Subject, nameOf } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address, go } from "../route/place.ts";
import { Fact } from "../parts/fact.tsx";
import { titleOf } from "../subscriptions/name.ts";
import { plural } from "../../../src/words/plural.ts";
import { hostOf } from "../../../src/words/host.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { Attempts } from "./attempts.tsx";
import { RequestCard } from "./request.tsx";
import { deliverySentence } from "../../../src/words/delivery.ts";

export function DeliveryPage({ id }: { readonly id: string }) {
  const live = useLive(`delivery ${id}`, (signal) => get<Delivery>(`/v1/deliveries/${part(id)}`, {}, signal), 2_000);
  const delivery = live.data;
  const subscription = useLive(
    delivery === null ? null : `subscription ${delivery.subscription}`,
    (signal) => get<Subscription>(`/v1/subscriptions/${part(delivery!.subscription)}`, {}, signal),
    5_000,
  );
  const event = useLive(
    delivery === null || !readsAll.value ? null : `event ${delivery.event}`,
    (signal) => get<EventAnswer>(`/v1/events/${part(delivery!.event)}`, {}, signal),
    600_000,
  );
  const above = <Link to={address("/deliveries")}>Deliveries</Link>;
  if (delivery === null) {
    return (
      <Page title={shortId(id)} above={above}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const title = `${delivery.type}, ${nameOf(delivery.subject)}`;
  return (
    <Page title={title} above={above} beside={<Id id={delivery.id} />}>
      <Stale failure={live.failure} />
      <section class="standing" aria-label="State">
        <div>
          <p class="standing-word">
            <DeliveryMark state={delivery.state} isRetrying={delivery.attempt_count > 0} />
          </p>
          <p>{deliverySentence(delivery, subscription.data?.lane.status ?? null, now.value)}</p>
        </div>
        {owns.value && <SendAgain delivery={delivery} subscription={subscription.data} />}
      </section>
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="attempts">
            <h2 id="attempts">{plural(delivery.attempt_count, "attempt")}</h2>
            <Attempts delivery={delivery} />
          </section>
        </div>
        <div>
          <Facts delivery={delivery} subscription={subscription.data} event={event.data} />
          {delivery.request ? (
            <RequestCard request={delivery.request} />
          ) : (
            event.data !== null && (
              <section class="card" aria-labelledby="payload">
                <h2 id="payload">Payload</h2>
                <Json text={event.data.body} what="Payload" />
              </section>
            )
          )}
        </div>
      </div>
    </Page>
  );
}

interface Parts {
  readonly delivery: Delivery;
  readonly subscription: Subscription | null;
}

function Facts({ delivery, subscription, event }: Parts & { readonly event: EventAnswer | null }) {
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">What and to whom</h2>
      <dl class="facts">
        <Fact name="Event">
          {readsAll.value ? (
            <Link to={address(`/events/${delivery.event}`)}>{shortId(delivery.event)}</Link>
          ) : (
            <Id id={delivery.event} />
          )}
        </Fact>
        <Fact name="About">
          <Subject id={delivery.subject} />
        </Fact>
        {event !== null && (
          <Fact name="Happened">
            <Moment at={event.at} />
          </Fact>
        )}
        <Fact name="Made">
          <Moment at={delivery.created_at} />
        </Fact>
        <Fact name="Subscription">
          {subscription === null ? (
            <Id id={delivery.subscription} />
          ) : (
            <Link to={address(`/subscriptions/${delivery.subscription}`)}>{titleOf(subscription)}</Link>
          )}
        </Fact>
        {subscription !== null && (
          <Fact name="Goes to">
            <code class="url">{subscription.endpoint.url}</code>
          </Fact>
        )}
        {delivery.sequence !== null && <Fact name="Number">{delivery.sequence.toLocaleString("en-US")}</Fact>}
        <Fact name="webhook-id">
          <Id id={delivery.event} />
        </Fact>
      </dl>
    </section>
  );
}

function SendAgain({ delivery, subscription }: Parts) {
  const [isAsking, setAsking] = useState(false);
  const host = subscription === null ? "its receiver" : hostOf(subscription.endpoint.url);
  const name = subscription === null ? delivery.subscription : titleOf(subscription);
  return (
    <div class="acts">
      <button type="button" class="button" onClick={() => setAsking(true)}>
        Send again
      </button>
      {isAsking && (
        <Confirm
          title="Send this event again"
          act="Send 1 again"
          run={async () => {
            const { id } = await send<{ id: string }>("POST", `/v1/deliveries/${part(delivery.id)}/resend`);
            go(address(`/deliveries/${id}`));
          }}
          close={() => setAsking(false)}
        >
          <p>
            One new delivery with the same body goes to <b>{name}</b> at {host}. The receiver gets the same{" "}
            <code>webhook-id</code>, so one that checks it ignores the repeat.
          </p>
          {subscription !== null && subscription.state !== "active" && (
            <p class="tone-warn">The subscription is {subscription.state}: nothing can be sent before it goes on.</p>
          )}
        </Confirm>
      )}
    </div>
  );
}
