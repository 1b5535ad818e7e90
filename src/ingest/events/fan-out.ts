// From an event to the rows it will become: who is owed it, under which variant, and whether its lane promises it a place in
// memory or the row is written spilled. Every plan must end in `enqueuePlan` or `releasePlan`, whatever happens: a
// lane with a place that nobody gives back reads no live row again once it has spilled one.

import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import { type Event, statementKey } from "../../model/event.ts";
import { minuteMs } from "../../model/minute.ts";
import type { EventReceipt, IdempotencyKey, NewDelivery, NewEvent, Repeat } from "../../store/acceptance.ts";
import type { Organization } from "../../organizations/organizations.ts";
import { ownText } from "../../own-text.ts";

export interface PlannedEvent {
  readonly event: Event;
  readonly row: NewEvent;
}

export interface Origin {
  readonly acceptedAt: number;
  /** Derived events: the key that makes a second fold write nothing. null: ready-made events, which have an
   * idempotency key. */
  readonly key: string | null;
  /** Ready-made events: the sender's id; null: it gave none, so a repeat is another event. */
  readonly idempotencyKey: IdempotencyKey | null;
  /** It is the first statement about a minute: whoever asked for it gets the minutes before it once more. */
  readonly closesMinute?: boolean;
  /** The trace that it came with (model/trace). */
  readonly trace?: string | null;
}

/** Matches the event and reserves a place in each lane that has one. That comes last, so that no place is lost where
 * matching throws. */
export function fanOut(
  event: Event,
  organization: Organization,
  dialect: Pick<Dialect, "variant">,
  enqueuer: Enqueuer,
  origin: Origin,
): PlannedEvent {
  const matches = organization.matcher.match(event);
  const scopes = JSON.stringify(event.scopes);
  const deliveries = matches.map(
    ({ subscription, binding }): NewDelivery => ({
      lane: subscription.number,
      variant: dialect.variant(subscription, binding, event),
      onChange: subscription.sendOnValueChange && event.value !== null,
      spilled: !enqueuer.reserve(subscription.number),
    }),
  );
  const row: NewEvent = {
    id: event.id,
    dialect: event.dialect,
    type: event.type,
    subject: event.subject,
    at: event.at,
    acceptedAt: origin.acceptedAt,
    body: event.body,
    revision: event.revision,
    previous: event.previous,
    value: event.value,
    isLate: event.isLate === true,
    scopes,
    key: origin.key,
    idempotencyKey: origin.idempotencyKey,
    deliveries,
    repeats: origin.closesMinute === true ? repeatsOf(event, matches) : none,
    trace: origin.trace ?? null,
  };
  return { event, row };
}

type Matches = ReturnType<Organization["matcher"]["match"]>;

const none: readonly Repeat[] = [];

/** The minutes before this one, the oldest first. With send_on_value_change nothing is repeated: a minute that changes is sent
 * as a correction at once. */
function repeatsOf({ type, subject, at }: Event, matches: Matches): readonly Repeat[] {
  return matches.flatMap(({ subscription: { number, repeatMinutes, sendOnValueChange }, binding: { variant } }) => {
    const earlier = sendOnValueChange ? 0 : Math.max(repeatMinutes - 1, 0);
    return Array.from({ length: earlier }, (_, index) => {
      const key = statementKey(type, subject, at - (earlier - index) * minuteMs);
      return { lane: number, variant, key };
    });
  });
}

/** Gives back every reserved place of events that were not written. */
export function releasePlan(plan: readonly PlannedEvent[], enqueuer: Enqueuer): void {
  for (const { row } of plan) {
    for (const { lane, spilled } of row.deliveries) if (!spilled) enqueuer.release(lane);
  }
}

/** Hands durable deliveries to their lanes, and gives back the places of those that are not owed after all. */
export function enqueuePlan(
  plan: readonly PlannedEvent[],
  receipts: readonly EventReceipt[],
  enqueuer: Enqueuer,
): void {
  for (const [index, { row }] of plan.entries()) {
    const receipt = receipts[index];
    if (receipt?.status !== "accepted") {
      for (const { lane, spilled } of row.deliveries) if (!spilled) enqueuer.release(lane);
      continue;
    }
    const untraced = {
      number: receipt.number,
      id: row.id,
      dialect: row.dialect,
      type: row.type,
      body: ownText(row.body),
      revision: row.revision,
      previous: row.previous,
    };
    const event = row.trace == null ? untraced : { ...untraced, trace: row.trace };
    for (const [position, { lane, variant, spilled }] of row.deliveries.entries()) {
      const number = receipt.deliveries[position] ?? 0;
      const due = row.acceptedAt;
      if (number === 0) {
        if (!spilled) enqueuer.release(lane);
      } else if (spilled) enqueuer.readLater(lane, "live", due);
      else {
        const sequence = receipt.sequences[position]!;
        enqueuer.enqueue({ number, lane, class: "live", variant, attempts: 0, due, createdAt: due, event, sequence });
      }
    }
    for (const [position, { lane }] of row.repeats.entries()) {
      if (receipt.repeats[position] !== 0) enqueuer.readLater(lane, "live", row.acceptedAt);
    }
  }
}
