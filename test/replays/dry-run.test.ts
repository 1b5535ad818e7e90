// Dry runs: what a replay would send, told without sending it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft, ReplayRequest } from "../../src/replays/replays-port.ts";
import { accept, event, noon, observation, owed, put, settlement, subscription } from "../contract/samples.ts";
import { minute, openHarness } from "./harness.ts";

const day: ReplayRequest = {
  from: noon - 120 * minute,
  to: noon + 60 * minute,
  types: null,
  spaces: null,
  endings: null,
  perSecond: 2,
};
const draft: Draft = {
  organization: "org_one",
  dialect: "butlr",
  types: ["ROOM_OCCUPANCY", "TRAFFIC"],
  scope: { kind: "organization" },
  filters: { room_ids: ["room_1"] },
};

const made = (id: string, acceptedAt: number, change: object = {}) =>
  event(id, { acceptedAt, at: acceptedAt, scopes: '{"room":"room_1"}', ...change });

test("a draft is told by type and hour what it would have received, with a sample, and how long a replay would take", async () => {
  const harness = await openHarness();
  const events = [
    made("event_a", noon - 61 * minute),
    made("event_b", noon - minute),
    made("event_c", noon),
    made("event_d", noon + minute),
    made("event_e", noon + 2 * minute),
    made("event_f", noon + 3 * minute),
    made("event_other_room", noon, { scopes: '{"room":"room_2"}' }),
    made("event_g", noon + 4 * minute, { type: "TRAFFIC", subject: "sensor_1" }),
  ];
  await accept(harness.store, events);
  const told = await harness.requests.dryRun(draft, day);
  assert.deepEqual(told.counts, [
    { type: "ROOM_OCCUPANCY", hour: noon - 120 * minute, count: 1 },
    { type: "ROOM_OCCUPANCY", hour: noon - 60 * minute, count: 1 },
    { type: "ROOM_OCCUPANCY", hour: noon, count: 4 },
    { type: "TRAFFIC", hour: noon, count: 1 },
  ]);
  assert.deepEqual([told.total, told.perSecond, told.takesMs], [7, 2, 3_500]);
  assert.deepEqual(
    told.sample.map(({ id }) => id),
    ["event_a", "event_b", "event_c", "event_d", "event_g"],
    "the first of each type among them",
  );
  assert.equal(told.sample[0]!.body, events[0]!.body);
  assert.deepEqual([told.isComplete, told.scannedUntil, told.keptFrom], [true, noon + 4 * minute, noon - 61 * minute]);
  assert.equal((await harness.store.history.totals()).pending, 0, "nothing is owed");
  assert.deepEqual(await harness.store.replays.openReplays(), []);
  await harness.store.close();
});

test("what is kept only while somebody takes it, and is not there, is told as not kept", async () => {
  const harness = await openHarness();
  await accept(harness.store, [made("event_a", noon)]);
  const types = ["DETECTIONS", "ROOM_OCCUPANCY", "FLOOR_OCCUPANCY", "ROOM_OCCUPANCY_1MIN"];
  const ask = () => harness.requests.dryRun({ ...draft, types }, day);
  assert.deepEqual((await ask()).notKept, [
    { type: "DETECTIONS", logFrom: null },
    { type: "FLOOR_OCCUPANCY", logFrom: null },
  ]);
  await harness.store.ledger.appendObservations([observation({ acceptedAt: noon + 5 })]);
  assert.deepEqual((await ask()).notKept[0], { type: "DETECTIONS", logFrom: noon + 5 });
  await harness.store.close();
});

test("a draft with a type that its dialect does not have is refused, and told the types", async () => {
  const harness = await openHarness();
  await assert.rejects(harness.requests.dryRun({ ...draft, types: ["ROOM"] }, day), {
    code: "INVALID",
    message: /^butlr has no event type ROOM\. Its types are DETECTIONS, TRAFFIC, /,
  });
  await harness.store.close();
});

test("a dry run that takes too long answers with what it has, and says how far it came", async () => {
  const harness = await openHarness();
  const number = await harness.registry.allocate(1);
  const subscribed = subscription(number, { filters: null });
  await put(harness.registry, "org_one", subscribed);
  await accept(
    harness.store,
    Array.from({ length: 1_200 }, (_, index) => made(`event_${index}`, noon + index)),
  );
  const { keptEvents } = harness.store.history;
  const slow: typeof keptEvents = async (query) => {
    harness.clock.advance(5_000);
    return keptEvents(query);
  };
  Object.assign(harness.store.history, { keptEvents: slow });
  const told = await harness.requests.dryRun(subscribed, day);
  assert.deepEqual([told.isComplete, told.total, told.scannedUntil], [false, 1_000, noon + 999]);
  assert.deepEqual(told.notKept, [], "nobody knows what comes later");
  await harness.store.close();
});

test("where there is no time to read how all deliveries ended, those that are known are counted, and it says up to where", async () => {
  const harness = await openHarness();
  const { history } = harness.store;
  const number = await harness.registry.allocate(1);
  const subscribed = subscription(number, { filters: null });
  await put(harness.registry, "org_one", subscribed);
  const events = Array.from({ length: 30 }, (_, index) =>
    made(`event_${index}`, noon + index, { deliveries: [owed(number)] }),
  );
  const receipts = await accept(harness.store, events);
  const deliveries = receipts.map((each) => (each.status === "accepted" ? each.deliveries[0]! : 0));
  const ended = deliveries.map((each, index) =>
    settlement(each, number, { next: { state: index % 3 === 0 ? "exhausted" : "delivered" } }),
  );
  await harness.store.ledger.settle(harness.epoch, ended);
  const ask = () => harness.requests.dryRun(subscribed, { ...day, endings: ["exhausted"] });
  const whole = await ask();
  assert.deepEqual([whole.isComplete, whole.total], [true, 10]);

  const { endedDeliveries } = history;
  const all = (await endedDeliveries({ organization: "org_one", lane: number, after: 0 })).deliveries;
  let read = 0;
  const slow: typeof endedDeliveries = async () => {
    harness.clock.advance(1_000);
    read += 5;
    return { deliveries: all.slice(read - 5, read), reached: read < all.length ? read : null };
  };
  Object.assign(history, { endedDeliveries: slow });
  // Three pages in half of the time, of which the last event may have more to it.
  const cut = await ask();
  assert.deepEqual([cut.isComplete, cut.total, cut.scannedUntil], [false, 5, noon + 13]);
  assert.deepEqual(cut.notKept, []);
  await harness.store.close();
});
