// From an event to the rows it will become: who is owed it, under which variant, and whether the lane has room for it in
// memory or it goes to the disk. Every place reserved in a lane is either offered or released, whatever happens.

import type { Intake } from "../../delivery/enqueue-port.ts";
import type { Event } from "../../model/event.ts";
import type { EventReceipt, InputId, NewDelivery, NewEvent } from "../../store/ledger.ts";
import type { Organization } from "../../organizations/organizations.ts";
import { ownText } from "../../own-text.ts";

export interface PlannedEvent {
  readonly event: Event;
  readonly row: NewEvent;
}

export interface Origin {
  readonly acceptedAt: number;
  /** Derived events: the key that makes a second fold write nothing. */
  readonly key: string | null;
  /** Ready-made events: the sender's id. */
  readonly input: InputId | null;
}

export function planEvent(event: Event, organization: Organization, intake: Intake, origin: Origin): PlannedEvent {
  const deliveries = organization.matcher.match(event).map(
    ({ subscription, binding }): NewDelivery => ({
      lane: subscription.number,
      variant: binding.variant,
      onChange: subscription.sendOnValueChange && event.value !== null,
      parked: !intake.reserve(subscription.number),
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
    scopes: JSON.stringify(event.scopes),
    key: origin.key,
    input: origin.input,
    deliveries,
  };
  return { event, row };
}

/** Gives back every reserved place of events that were not written. */
export function releasePlan(plan: readonly PlannedEvent[], intake: Intake): void {
  for (const { row } of plan) {
    for (const { lane, parked } of row.deliveries) if (!parked) intake.release(lane);
  }
}

/** Hands what has become durable to its lanes, and gives back the places of what was not owed after all. */
export function offerPlan(plan: readonly PlannedEvent[], receipts: readonly EventReceipt[], intake: Intake): void {
  for (const [index, { row }] of plan.entries()) {
    const receipt = receipts[index];
    if (receipt?.status !== "accepted") {
      for (const { lane, parked } of row.deliveries) if (!parked) intake.release(lane);
      continue;
    }
    const event = {
      number: receipt.number,
      id: row.id,
      dialect: row.dialect,
      type: row.type,
      body: ownText(row.body),
      revision: row.revision,
      previous: row.previous,
    };
    for (const [position, { lane, variant, parked }] of row.deliveries.entries()) {
      const number = receipt.deliveries[position] ?? 0;
      const due = row.acceptedAt;
      if (number === 0) {
        if (!parked) intake.release(lane);
      } else if (parked) intake.parked(lane, due);
      else intake.offer({ number, lane, variant, attempts: 0, due, createdAt: due, event });
    }
  }
}
