// Deliveries as rows: when, what, to whom, and what came of it. A row is one link.

import type { Delivery, Subscription } from "../api/types.ts";
import { names } from "../building/model.ts";
import { now } from "../live/now.ts";
import { DeliveryMark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { nameOf } from "../parts/subject.tsx";
import { WhereTo } from "../parts/where-to.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { titleOf } from "../subscriptions/name.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { took } from "../../../src/words/time.ts";

interface DeliveriesTableProps {
  readonly deliveries: readonly Delivery[];
  /** By id; null: all are of one, which is not named. */
  readonly subscriptions: ReadonlyMap<string, Subscription> | null;
  /** All are of one event, which is not named: a row is called by its subscription. */
  readonly ofOneEvent?: true | undefined;
}

const mostDots = 6;

export function DeliveriesTable({ deliveries, subscriptions, ofOneEvent }: DeliveriesTableProps) {
  return (
    <div class="table-frame">
      <table class="table deliveries">
        <caption class="unseen">Deliveries, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            {ofOneEvent !== true && <th scope="col">Event</th>}
            {subscriptions !== null && <th scope="col">Subscription</th>}
            <th scope="col">State</th>
            <th scope="col">Attempts</th>
            <th scope="col">The receiver</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} subscriptions={subscriptions} ofOneEvent={ofOneEvent} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  delivery,
  subscriptions,
  ofOneEvent,
}: Omit<DeliveriesTableProps, "deliveries"> & { readonly delivery: Delivery }) {
  const {
    id,
    type,
    subject,
    subscription,
    state,
    attempt_count: attempts,
    created_at: at,
    last_attempt: last,
    due,
  } = delivery;
  const known = subscriptions?.get(subscription);
  const receiver = known === undefined ? <code title={subscription}>{shortId(subscription)}</code> : titleOf(known);
  const isRetrying = state === "pending" && attempts > 0;
  return (
    <tr class="row">
      <td data-label="When" class="nowrap">
        <Moment at={at} as="clock" />
      </td>
      {ofOneEvent === true ? (
        <th scope="row">
          <Link to={address(`/deliveries/${id}`)} class="row-link">
            {receiver}
          </Link>
          {known !== undefined && (
            <span class="row-more">
              <WhereTo url={known.endpoint.url} />
            </span>
          )}
        </th>
      ) : (
        <th scope="row">
          <Link to={address(`/deliveries/${id}`)} class="row-link">
            {type}
          </Link>
          <span class="row-more">{names.value.has(subject) ? nameOf(subject) : shortId(subject)}</span>
        </th>
      )}
      {ofOneEvent !== true && subscriptions !== null && <td data-label="Subscription">{receiver}</td>}
      <td data-label="State" class="nowrap">
        <DeliveryMark state={state} isRetrying={isRetrying} />
      </td>
      <td data-label="Attempts" class="nowrap">
        <Dots attempts={attempts} isDelivered={state === "delivered"} />
      </td>
      <td data-label="The receiver">
        {last === null ? <span class="muted">not called yet</span> : outcomeWords(last.code, last.status)}{" "}
        {last !== null && <span class="muted nowrap">in {took(last.duration_ms)}</span>}
        {isRetrying && due !== null && (
          <span class="row-more">
            {Date.parse(due) > now.value ? "next try" : "due"} <Moment at={due} />
          </span>
        )}
      </td>
    </tr>
  );
}

/** Filled: it succeeded; a ring: it failed. */
function Dots({ attempts, isDelivered }: { readonly attempts: number; readonly isDelivered: boolean }) {
  if (attempts === 0) return <span class="muted">none</span>;
  const shown = Math.min(attempts, mostDots);
  return (
    <span class="attempt-dots" title={`${attempts} ${attempts === 1 ? "attempt" : "attempts"}`}>
      <span class="unseen">{attempts}</span>
      {attempts > mostDots && <span aria-hidden="true">{attempts} </span>}
      {Array.from({ length: shown }, (_, index) => (
        <span key={index} class={isDelivered && index === shown - 1 ? "filled" : "ring"} aria-hidden="true" />
      ))}
    </span>
  );
}
