// What must be true when the run is over: everything got through, the books agree with what happened on the wire, and the
// database with the books.

import type { DatabaseSync } from "node:sqlite";
import { classNumber, outcomeNumber } from "../../../src/store/codes.ts";
import type { Offers } from "../offers.ts";
import type { Process } from "../belfry.ts";
import type { Timeline } from "../timeline.ts";
import type { EngineTime } from "./engine-time.ts";
import type { Judge } from "./judge.ts";
import { stateOf, type Subscription } from "../../../src/model/subscription.ts";
import { isHere, type LedgerFacts } from "./ledger.ts";
import type { Wire } from "./wire.ts";

export interface Finished {
  readonly judge: Judge;
  readonly timeline: Timeline;
  readonly ledger: LedgerFacts;
  readonly wire: Wire;
  readonly offers: Offers;
  readonly truth: DatabaseSync;
  readonly marker: string;
}

/** No event, delivery or attempt is of a test. */
export function checkTests({ judge, ledger, wire }: Finished): void {
  for (const { id } of ledger.events.values()) judge.check(!wire.tests.has(id), 33, () => `test ${id} was stored`);
}

/** The database holds what was committed, nothing more and nothing less. */
export function checkDatabase({ judge, ledger, truth }: Finished): void {
  const owed = truth.prepare("select number, lane, class, attempts, due, event from delivery order by number").all();
  const expected = [...ledger.deliveries.values()].filter(isHere);
  judge.check(
    owed.length === expected.length,
    14,
    () => `${owed.length} deliveries are owed, ${expected.length} should be`,
  );
  const byNumber = new Map(owed.map((row) => [Number(row["number"]), row]));
  for (const { number, lane, class: ofClass, attempts, event } of expected) {
    const row = byNumber.get(number);
    const same =
      row !== undefined &&
      row["lane"] === lane &&
      row["class"] === classNumber[ofClass] &&
      row["attempts"] === attempts &&
      row["event"] === event.number;
    judge.check(
      same,
      14,
      () => `delivery ${number} (lane ${lane}, ${ofClass}, ${attempts} attempts) is stored as ${JSON.stringify(row)}`,
    );
  }
  const events = truth.prepare("select number, id, body from event").all();
  judge.check(
    events.length === ledger.events.size,
    14,
    () => `${events.length} events are stored, ${ledger.events.size} should be`,
  );
  for (const { number, id, body } of events) {
    const event = ledger.events.get(Number(number));
    judge.check(
      event?.id === id && event?.body === body,
      14,
      () => `event ${String(number)} is stored otherwise than it was accepted`,
    );
  }
  const attempts = truth.prepare("select delivery, n, code, status, state from attempt where n < 65535").all();
  let booked = 0;
  for (const { delivery: number, n, code, status } of attempts) {
    const delivery = ledger.deliveries.get(Number(number));
    if (delivery === undefined || !ledger.events.has(delivery.event.number)) continue;
    booked++;
    const settlement = delivery.booked[Number(n) - 1];
    const same =
      settlement !== undefined &&
      outcomeNumber[settlement.outcome.code] === code &&
      settlement.outcome.status === status;
    judge.check(
      same,
      7,
      () => `attempt ${String(n)} of delivery ${String(number)} is stored otherwise than it was booked`,
    );
  }
  let all = 0;
  for (const { event, booked } of ledger.deliveries.values()) if (ledger.events.has(event.number)) all += booked.length;
  judge.check(booked === all, 7, () => `${booked} attempts are stored, ${all} were booked`);
  ledger.minutes.check();
}

const isActive = (subscription: Subscription | undefined): boolean =>
  subscription !== undefined && stateOf(subscription) === "active";

/** What began later than this before the end may be under way, ms. */
const longestAttempt = 20_000;

/** Every request has been booked, but for those that a crash took. */
export function checkRequests({ judge, wire, timeline }: Finished): void {
  for (const { life, delivery, attempt, booked, told, began } of wire.flights) {
    judge.check(
      booked || life.dead || timeline.now() - began <= longestAttempt,
      7,
      () => `attempt ${attempt} of delivery ${delivery.number} was ${told?.outcome.code ?? "sent"} and never booked`,
    );
  }
}

/** What is still owed waits for its time, or for its owner. */
export function checkOwed(
  { judge, ledger, timeline, wire, offers }: Finished,
  time: EngineTime,
  patience: number,
): void {
  for (const delivery of ledger.deliveries.values()) {
    const { number, lane, state, dueLatest, since, attempts } = delivery;
    const subscription = ledger.subscriptions.get(lane);
    judge.check(state !== "quarantined", 18, () => `delivery ${number} is held still, though it was resent`);
    if (state !== "owed" || (subscription !== undefined && !isActive(subscription))) continue;
    if (subscription === undefined) {
      judge.fail(12, `delivery ${number} of lane ${lane}, which was removed, is still owed`);
      continue;
    }
    if (ledger.lines.waits(delivery) || ledger.states.waits(delivery)) continue;
    const free = Math.max(ledger.lines.freeSince(delivery), ledger.states.freeSince(delivery));
    const waited = timeline.now() - Math.max(since, wire.calmSince, wire.excused(lane), free);
    const late = attempts === 0 ? waited : Math.min(time.least() - dueLatest, waited);
    judge.check(
      late <= patience,
      12,
      () => `delivery ${number} (lane ${lane}, ${attempts} attempts) is still owed ${late} ms after it was due`,
    );
  }
  judge.check(
    ledger.folded() === ledger.position(),
    1,
    () => `the fold stands at ${ledger.folded()}, the log at ${ledger.position()}`,
  );
  for (const [position, offer] of offers.log) {
    judge.check(
      offer.accepted !== null,
      1,
      () => `observation ${position} (${offer.id}) was acknowledged and never became an event`,
    );
  }
}

/** Nothing is left in memory of what is not owed. */
export function checkMemory({ judge, ledger }: Finished, { dispatcher }: Process): void {
  const { running, inFlight, settling: booking, inMemory, waiting } = dispatcher.snapshot();
  const active = [...ledger.deliveries.values()].filter(
    ({ state, lane }) => state === "owed" && isActive(ledger.subscriptions.get(lane)),
  );
  judge.check(running, 12, () => "the dispatcher does not run");
  judge.check(
    inMemory <= active.length && waiting <= active.length,
    12,
    () => `${inMemory} rows are in memory, ${active.length} are owed`,
  );
  judge.check(
    inFlight <= active.length && booking <= active.length,
    12,
    () => `${inFlight} attempts are in flight, ${booking} wait to be booked`,
  );
}

/** Delays must be spread: nobody draws the same twenty times. */
export function checkJitter({ judge, wire }: Finished): void {
  const { ratios } = wire;
  if (ratios.length < 10) return;
  const exact = ratios.filter((ratio) => Math.abs(ratio - 1) < 0.01).length;
  judge.check(exact < ratios.length * 0.8, 6, () => `${exact} of ${ratios.length} delays had no jitter`);
}

const readable: Readonly<Record<string, readonly string[]>> = {
  subscription: ["record"],
  event: ["body", "scopes"],
  attempt: ["detail", "cast(response as text)"],
  audit: ["action", "object", "detail"],
  meta: ["value"],
};

/** Secrets stand in one sealed column only. */
export function checkSecrets({ judge, truth, marker }: Finished): void {
  const inBase64 = Buffer.from(marker.repeat(2)).toString("base64");
  for (const [table, columns] of Object.entries(readable)) {
    const where = columns.flatMap((column) =>
      [marker, inBase64].map((text) => `instr(ifnull(${column}, ''), '${text}') > 0`),
    );
    const row = truth.prepare(`select count(*) as count from ${table} where ${where.join(" or ")}`).get();
    judge.check(row?.["count"] === 0, 11, () => `a secret stands in table ${table}`);
  }
  const sealed = truth
    .prepare("select count(*) as count from subscription where instr(cast(secrets as text), ?) > 0")
    .get(marker);
  judge.check(sealed?.["count"] === 0, 11, () => "a secret is not sealed");
}
