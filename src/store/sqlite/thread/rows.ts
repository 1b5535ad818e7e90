// The fields of every row that crosses between the threads in bulk: accepted events, minutes, due deliveries, settlements. A
// field that is missing here, or that the port does not have, does not compile.

import type { Outcome } from "../../../model/attempt.ts";
import type { NumberRange } from "../../../model/number-ranges.ts";
import type { MinuteOf } from "../../../model/minute.ts";
import type { Acceptance, EventReceipt, IdempotencyKey, NewDelivery, NewEvent, Repeat } from "../../acceptance.ts";
import type { DueDelivery, DueEvent, LaneRows, Settlement } from "../../owed.ts";
import type { FinalState } from "../../codes.ts";
import { type Codec, listOf, orNull, plain, row } from "./row-codec.ts";

const newDelivery = row<NewDelivery>({
  lane: plain,
  variant: plain,
  onChange: plain,
  spilled: plain,
});

const newEvent: Codec<NewEvent> = row<Required<NewEvent>>({
  id: plain,
  dialect: plain,
  type: plain,
  subject: plain,
  at: plain,
  acceptedAt: plain,
  body: plain,
  revision: plain,
  previous: plain,
  value: plain,
  isLate: plain,
  scopes: plain,
  key: plain,
  idempotencyKey: orNull(row<IdempotencyKey>({ id: plain, hash: plain })),
  deliveries: listOf(newDelivery),
  repeats: listOf(row<Repeat>({ lane: plain, variant: plain, key: plain })),
  // An absent one arrives as null.
  trace: {
    write: (flat, trace) => void flat.push(trace ?? null),
    read: (cursor) => cursor.flat[cursor.at++] as string | null,
  },
});

export const acceptances: Codec<readonly Acceptance[]> = listOf(
  row<Acceptance>({
    organization: plain,
    revision: plain,
    events: listOf(newEvent),
  }),
);

const numbers = listOf<number>({
  write: (flat, number) => void flat.push(number),
  read: (cursor) => cursor.flat[cursor.at++] as number,
});

/** Of an accepted event its number, then those of its deliveries, their sequences and its repeats; else its status. */
export const receipts: Codec<readonly EventReceipt[]> = listOf<EventReceipt>({
  write(flat, receipt) {
    if (receipt.status !== "accepted") flat.push(receipt.status);
    else {
      flat.push(receipt.number);
      numbers.write(flat, receipt.deliveries);
      numbers.write(flat, receipt.sequences);
      numbers.write(flat, receipt.repeats);
    }
  },
  read(cursor) {
    const first = cursor.flat[cursor.at++] as number | "duplicate" | "reused";
    if (typeof first === "string") return { status: first };
    const deliveries = numbers.read(cursor);
    const sequences = numbers.read(cursor);
    return { status: "accepted", number: first, deliveries, sequences, repeats: numbers.read(cursor) };
  },
});

const untracedEvent = row<Omit<DueEvent, "trace">>({
  number: plain,
  id: plain,
  dialect: plain,
  type: plain,
  body: plain,
  revision: plain,
  previous: plain,
});

const dueEvent: Codec<DueEvent> = {
  write(flat, event) {
    untracedEvent.write(flat, event);
    flat.push(event.trace ?? null);
  },
  read(cursor) {
    const event = untracedEvent.read(cursor);
    const trace = cursor.flat[cursor.at++] as string | null;
    return trace === null ? event : { ...event, trace };
  },
};

const anyDelivery = row<Omit<DueDelivery, "replay">>({
  number: plain,
  lane: plain,
  class: plain,
  variant: plain,
  attempts: plain,
  due: plain,
  createdAt: plain,
  event: dueEvent,
  sequence: plain,
});

/** The id of a job follows rows of class `replay` alone. */
const dueDelivery: Codec<DueDelivery> = {
  write(flat, delivery) {
    anyDelivery.write(flat, delivery);
    if (delivery.class === "replay") flat.push(delivery.replay ?? null);
  },
  read(cursor) {
    const delivery = anyDelivery.read(cursor);
    if (delivery.class !== "replay") return delivery;
    const replay = cursor.flat[cursor.at++] as string | null;
    return replay === null ? delivery : { ...delivery, replay };
  },
};

export const laneRows: Codec<readonly LaneRows[]> = listOf(
  row<LaneRows>({
    lane: plain,
    class: plain,
    nextDue: plain,
    rows: listOf(dueDelivery),
    moved: plain,
    superseded: plain,
    skipped: listOf(row<NumberRange>({ from: plain, to: plain })),
  }),
);

export const minutes: Codec<readonly MinuteOf[]> = listOf(
  row<MinuteOf>({
    organization: plain,
    series: plain,
    subject: plain,
    at: plain,
    value: plain,
    out: plain,
    min: plain,
    max: plain,
    mean: plain,
    observedS: plain,
    revision: plain,
  }),
);

export const settlements: Codec<readonly Settlement[]> = listOf(
  row<Settlement>({
    delivery: plain,
    lane: plain,
    attempt: plain,
    startedAt: plain,
    outcome: row<Outcome>({
      code: plain,
      status: plain,
      detail: plain,
      retryAfterMs: plain,
      durationMs: plain,
      response: plain,
      responseBytes: plain,
    }),
    next: {
      write(flat, next) {
        if ("state" in next) flat.push(next.state);
        else flat.push(next.due, next.inOrder === true);
      },
      read(cursor) {
        const next = cursor.flat[cursor.at++] as FinalState | number;
        if (typeof next !== "number") return { state: next };
        return cursor.flat[cursor.at++] === true ? { due: next, inOrder: true } : { due: next };
      },
    },
  }),
);
