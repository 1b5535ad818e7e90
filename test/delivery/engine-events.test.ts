import assert from "node:assert/strict";
import { test } from "node:test";
import { reportDelivery } from "../../src/delivery/report.ts";
import { joinListeners } from "../../src/model/engine-events.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";
import { createTower, type TowerOptions, urlOf } from "./harness.ts";
import { failed, ok, shortage } from "./network.ts";

const second = 1000;
const minute = 60 * second;

/** A tower whose events are noted as they come, and written to a log. */
async function createHeardTower(options: TowerOptions & { debugging?: boolean } = {}) {
  const attempts: string[] = [];
  const lanes: string[] = [];
  const lines: Line[] = [];
  const events = joinListeners(
    [
      {
        attemptFinished: ({ delivery }, { code }, state) => attempts.push(`${delivery.attempts + 1} ${code} ${state}`),
        laneChanged: ({ number }, { state }) => lanes.push(`${number} ${state}`),
      },
      reportDelivery(notingLog((line) => lines.push(line), options.debugging)),
    ],
    (error) => assert.fail(String(error)),
  );
  const tower = await createTower({ ...options, events });
  const lane = await tower.subscribe({ lane: { maxInFlight: 8, retryDelays: null } });
  await tower.dispatcher.start();
  return { tower, lane, attempts, lanes, lines, names: () => lines.map(({ event }) => event) };
}

test("each attempt is told once, with its outcome and the state of the delivery after it", async () => {
  const { tower, lane, attempts, lanes, names } = await createHeardTower({ settings: { retryDelays: [second] } });
  tower.network.answer(urlOf(lane), ({ attempt }) => (attempt === 1 ? failed(500) : ok));
  await tower.ring(lane);
  await tower.clock.pass(2 * second);
  tower.network.answer(urlOf(lane), () => failed(404));
  await tower.ring(lane);
  await tower.clock.pass(2 * second);
  assert.deepEqual(attempts, [
    "1 http_error pending",
    "2 delivered delivered",
    "1 http_error pending",
    "2 http_error exhausted",
  ]);
  assert.deepEqual(lanes, [], "single failures make no lane wait");
  assert.deepEqual(names(), ["delivery.exhausted"]);
});

test("a lane says once that it backs off, however many probes fail, and once that it is open, also after a restart", async () => {
  const { tower, lane, lines, names } = await createHeardTower();
  tower.network.answer(urlOf(lane), () => failed());
  await tower.ringMany(lane, 20);
  await tower.clock.pass(70 * minute);
  assert.ok(tower.network.calls.length >= 8, "probes have failed");
  assert.deepEqual(names(), ["lane.backing_off"]);
  const { id: subscription, organization } = tower.subscriptions.get(lane)!;
  const { until, ...facts } = lines[0]!.facts;
  assert.deepEqual(facts, {
    subscription,
    organization,
    lane,
    consecutive_failures: 5,
    code: "http_error",
    status: 500,
  });
  assert.match(String(until), /^\d{4}-\d\d-\d\dT.*Z$/);
  await tower.restart();
  await tower.clock.pass(40 * minute);
  assert.deepEqual(names(), ["lane.backing_off"], "the new process knows that it was said");
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(40 * minute);
  assert.deepEqual(names(), ["lane.backing_off", "lane.open"]);
  assert.deepEqual(lines[1]!.facts, { subscription, organization, lane });
  tower.network.answer(urlOf(lane), () => failed(503));
  await tower.ring(lane);
  await tower.quiet();
  assert.deepEqual(names(), ["lane.backing_off", "lane.open", "lane.backing_off"]);
});

test("the success of an attempt that was under way does not open a lane whose receiver asked Belfry to wait", async () => {
  const { tower, lane, names } = await createHeardTower();
  await tower.ringMany(lane, 3);
  await tower.quiet();
  const answers: PromiseWithResolvers<typeof ok>[] = [];
  tower.network.answer(urlOf(lane), () => {
    const answer = Promise.withResolvers<typeof ok>();
    answers.push(answer);
    return answer.promise;
  });
  await tower.ringMany(lane, 2);
  await tower.quiet();
  assert.equal(answers.length, 2);
  answers[0]!.resolve(failed(429, { retryAfterMs: minute }));
  await tower.quiet();
  answers[1]!.resolve(ok);
  await tower.quiet();
  assert.deepEqual(names(), ["lane.backing_off"]);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(2 * minute);
  assert.deepEqual(names(), ["lane.backing_off", "lane.open"]);
});

test("a receiver that is gone is told once, whatever else of its lane was under way", async () => {
  const { tower, lane, lanes, names } = await createHeardTower();
  await tower.ringMany(lane, 7);
  await tower.quiet();
  tower.network.answer(urlOf(lane), () => ({ ...failed(410), code: "gone" }));
  await tower.ringMany(lane, 8);
  await tower.quiet();
  assert.ok(tower.network.calls.length >= 7 + 5, "enough to open a breaker");
  assert.deepEqual(lanes, [`${lane} disabled`]);
  assert.deepEqual(names(), ["subscription.disabled"]);
});

test("an attempt that this machine had no file left for is none that is told", async () => {
  const { tower, lane, attempts } = await createHeardTower();
  let short = true;
  tower.network.answer(urlOf(lane), () => (short ? shortage : ok));
  await tower.ring(lane);
  await tower.quiet();
  assert.deepEqual(attempts, []);
  short = false;
  await tower.clock.pass(minute);
  assert.deepEqual(attempts, ["1 delivered delivered"]);
});

test("at debug each attempt is a line of ids, code, status and duration", async () => {
  const { tower, lane, lines } = await createHeardTower({ debugging: true });
  const event_id = await tower.ring(lane);
  await tower.quiet();
  const { id: subscription, organization } = tower.subscriptions.get(lane)!;
  const { delivery, ...facts } = lines[0]!.facts;
  assert.match(String(delivery), /^delivery_\d+$/);
  const attempt = { attempt: 1, code: "delivered", status: 200, duration_ms: 1, state: "delivered" };
  assert.deepEqual(facts, { subscription, organization, event_id, ...attempt });
  assert.deepEqual(
    lines.map(({ event }) => event),
    ["attempt.finished"],
  );
});

test("a lane is told to have been written once its outcomes are durable, at each attempt", async () => {
  const told: (readonly [lane: number, state: string])[] = [];
  let tower: Awaited<ReturnType<typeof createTower>> | null = null;
  const reads: Promise<unknown>[] = [];
  const query = { organization: null, subscription: null, state: null, since: null, limit: 10, before: null };
  const deliveriesWritten = (lane: number): void => {
    const read = tower!.store.history.deliveries(query);
    reads.push(read.then(({ items }) => told.push([lane, `${items[0]!.state} after ${items[0]!.attempts}`])));
  };
  tower = await createTower({ events: { deliveriesWritten }, settings: { retryDelays: [second] } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  tower.network.answer(urlOf(lane), ({ attempt }) => (attempt === 1 ? failed(500) : ok));
  await tower.ring(lane);
  await tower.clock.pass(2 * second);
  await Promise.all(reads);
  assert.deepEqual(told, [
    [lane, "pending after 1"],
    [lane, "delivered after 2"],
  ]);
});

async function createToldTower() {
  const told: number[] = [];
  const tower = await createTower({ events: { deliveriesWritten: (lane) => void told.push(lane) } });
  const [lane, other] = [await tower.subscribe(), await tower.subscribe()];
  await tower.dispatcher.start();
  return { tower, lane, other, told };
}

test("a lane is told to have been written once deliveries of it are cancelled, by a withdrawal or for a replay", async () => {
  const { tower, lane, told } = await createToldTower();
  const unbar = tower.dispatcher.bar(lane);
  await tower.quiet();
  assert.deepEqual(told, [], "nothing is cancelled yet");
  const { promise, resolve } = Promise.withResolvers<void>();
  tower.fault = (verb) => (verb === "withdraw" ? promise : undefined);
  tower.dispatcher.withdraw([{ number: 1, lane }]);
  unbar();
  await tower.quiet();
  assert.deepEqual(told, [], "rows of it are being cancelled");
  resolve();
  await tower.quiet();
  assert.deepEqual(told, [lane]);
  tower.dispatcher.bar(lane)();
  assert.deepEqual(told, [lane, lane]);
});

test("a lane that is removed is told to have been written once what it was owed is cancelled", async () => {
  const { tower, lane, told } = await createToldTower();
  tower.change(lane, { state: "disabled" });
  await tower.ringMany(lane, 3);
  await tower.quiet();
  assert.deepEqual(told, []);
  tower.remove(lane);
  assert.deepEqual(told, []);
  await tower.quiet();
  assert.deepEqual(told, [lane]);
  assert.deepEqual(await tower.owed(), []);
});

test("lanes are told to have been written when rows of them have expired or were erased", async () => {
  const { tower, lane, other, told } = await createToldTower();
  tower.dispatcher.expired([other]);
  assert.deepEqual(told, [other]);
  tower.dispatcher.readAgain(tower.subscriptions.get(lane)!.organization);
  assert.deepEqual(told.slice(1), [lane, other]);
  tower.dispatcher.readAgain("org_of_others");
  assert.equal(told.length, 3);
});
