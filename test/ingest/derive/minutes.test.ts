// Minutes from observations over HTTP's back door to deliveries, through the real store: corrections, repeats, and what late and
// doubled observations do to both.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ModelDocument } from "../../../src/building/document.ts";
import { prepare, request } from "../../../src/delivery/attempt/attempt.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import { createBuilding } from "../../../src/simulator/building.ts";
import { undisturbed } from "../../../src/simulator/disturbances/disturbances.ts";
import { simulateDay } from "../../../src/simulator/simulate.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";
import { groundFloor, hall } from "../../sensing/hall.ts";
import { createWayIn, type WayIn } from "../fixture.ts";

const minute = 60_000;
const takes = (...types: string[]): Partial<Subscription> => ({
  organization: "org_1",
  bindings: types.map((type) => ({ type, variant: 0, resource: null })),
});
const frame = (at: number, people: number, sensor = "sensor_3") => ({
  kind: "detections",
  sensor,
  at,
  world: Array.from({ length: people }, (_, index) => [5, 0.5 + index]),
});

interface Told {
  readonly type: string;
  readonly timestamp: number;
  readonly data: number;
  readonly space: string;
}

function told({ event }: DueDelivery): Told {
  const { type, timestamp, data, metadata } = JSON.parse(event.body) as Told & { metadata: Record<string, string> };
  return { type, timestamp, data, space: metadata["zone_id"] ?? metadata["room_id"] ?? metadata["floor_id"]! };
}

async function way(...subscriptions: Partial<Subscription>[]): Promise<{ way: WayIn; t: number }> {
  const made = await createWayIn();
  await made.put(hall() as unknown as ModelDocument);
  for (const [index, each] of subscriptions.entries()) {
    await made.subscribe(makeSubscription({ number: index + 1, ...each }));
  }
  // The next whole minute.
  await made.clock.pass(minute - (made.clock.now() % minute));
  return { way: made, t: made.clock.now() };
}

/** Frames every two seconds for so many seconds, each sent at its moment. */
async function watch({ clock, observe }: WayIn, seconds: number, people: (second: number) => number | null) {
  for (let second = 0; second < seconds; second += 2) {
    const count = people(second);
    if (count !== null) await observe(frame(clock.now(), count));
    await clock.pass(2_000);
  }
}

describe("a minute that changed late", () => {
  const subscription = makeSubscription({ number: 1, ...takes("ROOM_OCCUPANCY_1MIN") });
  const composer = { version: "1.2.3", compose: (_: string, body: string) => body, authentication: () => [] };
  const prepared = prepare(subscription, composer, { timeoutMs: 5_000, longestTimeoutMs: 15_000 });
  const headersOf = (delivery: DueDelivery) => new Map(request(prepared, delivery, composer, 0).headers);

  test("goes out again as another event of the same time, with its revision and the value before", async () => {
    const { way: house, t } = await way(subscription);
    await watch(house, 20, () => 1);
    await house.clock.pass(60_000);
    await house.observe(...Array.from({ length: 20 }, (_, index) => frame(t + 20_000 + index * 2_000, 3)));
    await house.clock.pass(10_000);
    const [first, correction, ...others] = house.offered;
    assert.deepEqual(others, []);
    assert.deepEqual(told(first!), { type: "ROOM_OCCUPANCY_1MIN", timestamp: t, data: 1, space: "room_2" });
    assert.deepEqual(told(correction!), { ...told(first!), data: 3 });
    assert.notEqual(headersOf(first!).get("webhook-id"), headersOf(correction!).get("webhook-id"));
    assert.equal(headersOf(first!).get("belfry-revision"), undefined);
    assert.equal(headersOf(first!).get("belfry-previous-value"), undefined);
    await house.deriver.stop();

    // On every attempt, and when it is sent again.
    const { ledger } = house.store;
    const { epoch } = await ledger.acquire(house.clock.now(), 0);
    await ledger.resend(correction!.number, house.clock.now());
    const event = await house.store.history.event("org_1", correction!.event.id);
    await ledger.replay([{ event: correction!.event.number, lane: 1, variant: 0 }], house.clock.now());
    const reads = (["live", "retry", "replay"] as const).map((each) => ({ lane: 1, class: each, limit: 10 }));
    const rows = (await ledger.readDue(epoch, house.clock.now(), reads)).flatMap((each) => each.rows);
    const again = rows.filter(({ event: { id } }) => id === event!.id);
    assert.deepEqual(
      again.map((each) => each.class),
      ["live", "retry", "replay"],
    );
    for (const each of [correction!, ...again, { ...again[0]!, attempts: 4 }]) {
      const headers = headersOf(each);
      assert.deepEqual(
        [headers.get("webhook-id"), headers.get("belfry-revision"), headers.get("belfry-previous-value")],
        [event!.id, "1", "1"],
      );
    }
    await house.close();
  });

  test("is sent to those that take changes only, and so is the next one, whatever their values", async () => {
    const { way: house, t } = await way({ ...subscription, sendOnValueChange: true });
    await watch(house, 80, (second) => (second < 20 || second >= 60 ? 2 : null));
    await watch(house, 100, () => 2);
    // The first minute was 2, and so were the two behind it: they were not sent. Now it was 1, and 2 is new again.
    await house.observe(...Array.from({ length: 20 }, (_, index) => frame(t + 20_000 + index * 2_000, 1)));
    await watch(house, 160, () => 2);
    assert.deepEqual(
      house.offered.map((each) => [(told(each).timestamp - t) / minute, told(each).data, each.event.revision]),
      [
        [0, 2, 0],
        [0, 1, 1],
        [2, 2, 0],
      ],
    );
    await house.close();
  });
});

describe("repeat_minutes", () => {
  /** How often each minute of the room was owed, and as what, in the order of events. */
  const owedOf = async ({ store }: WayIn, t: number, subscription: string) => {
    const { items } = await store.history.deliveries({
      organization: "org_1",
      subscription,
      state: null,
      since: null,
      limit: 200,
      before: null,
    });
    const events = new Map<string, number>();
    for (const { event } of items.toReversed()) events.set(event, (events.get(event) ?? 0) + 1);
    return Promise.all(
      [...events].map(async ([id, times]) => {
        const event = await store.history.event("org_1", id);
        const { data } = JSON.parse(event!.body) as { data: number };
        return `minute ${(event!.at - t) / minute} r${event!.revision} ${data} ×${times}`;
      }),
    );
  };
  const rooms = takes("ROOM_OCCUPANCY_1MIN");

  test("5 delivers the same event in five minutes on end, 0 once, whatever it says", async () => {
    const { way: house, t } = await way({ ...rooms, repeatMinutes: 5 }, { ...rooms, id: "webhook_once" });
    await watch(house, 7 * 60, () => 2);
    await house.clock.pass(10_000);
    assert.deepEqual(await owedOf(house, t, "webhook_1"), [
      "minute 0 r0 2 ×5",
      "minute 1 r0 2 ×5",
      "minute 2 r0 2 ×5",
      "minute 3 r0 2 ×4",
      "minute 4 r0 2 ×3",
      "minute 5 r0 2 ×2",
      "minute 6 r0 2 ×1",
    ]);
    assert.ok((await owedOf(house, t, "webhook_once")).every((each) => each.endsWith("×1")));
    const events = await house.events("ROOM_OCCUPANCY_1MIN", "FLOOR_OCCUPANCY_1MIN");
    assert.equal(
      events.length,
      14,
      "a repeat is no event of its own: there are seven of the room and seven of the floor",
    );
    await house.close();
  });

  test("repeats a corrected minute as it was said last", async () => {
    const { way: house, t } = await way({ ...rooms, repeatMinutes: 5 });
    await watch(house, 80, (second) => (second < 20 || second >= 60 ? 1 : null));
    await house.observe(...Array.from({ length: 20 }, (_, index) => frame(t + 20_000 + index * 2_000, 3)));
    await watch(house, 100, () => 1);
    await house.clock.pass(20_000);
    const owed = await owedOf(house, t, "webhook_1");
    assert.deepEqual(owed, ["minute 0 r0 1 ×1", "minute 0 r1 3 ×3", "minute 1 r0 1 ×2", "minute 2 r0 1 ×1"]);
    await house.close();
  });

  test("reaches a subscription that was made meanwhile, and repeats nothing where only changes are taken", async () => {
    const { way: house, t } = await way({ ...rooms, repeatMinutes: 5, sendOnValueChange: true });
    await watch(house, 150, () => 2);
    await house.subscribe(makeSubscription({ number: 2, id: "webhook_new", ...rooms, repeatMinutes: 5 }));
    await watch(house, 120, () => 2);
    const late = await owedOf(house, t, "webhook_new");
    assert.deepEqual(late.toSorted(), ["minute 0 r0 2 ×2", "minute 1 r0 2 ×2", "minute 2 r0 2 ×2", "minute 3 r0 2 ×1"]);
    // Whoever begins to take a type is owed its next value, and with it everybody.
    assert.deepEqual(await owedOf(house, t, "webhook_1"), ["minute 0 r0 2 ×1", "minute 2 r0 2 ×1"]);
    await house.close();
  });

  test("repeats each minute once per minute, wherever the process is killed", async () => {
    for (const kills of [[3], [70, 71], [129, 189, 249], [10, 130, 131, 191]]) {
      const { way: house, t } = await way({ ...rooms, repeatMinutes: 5 });
      await watch(house, 5 * 60, (second) => {
        // The write fails, and the process ends before it can try again.
        house.beforeAccept = () => {
          if (kills.some((kill) => kill >= second && kill < second + 2)) throw new Error("killed");
        };
        return 2;
      });
      house.beforeAccept = () => {};
      for (const _ of kills) await house.clock.pass(1_000);
      const stopping = house.restart();
      await house.clock.pass(2_000);
      await stopping;
      await house.clock.pass(20_000);
      assert.deepEqual(
        await owedOf(house, t, "webhook_1"),
        ["minute 0 r0 2 ×5", "minute 1 r0 2 ×4", "minute 2 r0 2 ×3", "minute 3 r0 2 ×2", "minute 4 r0 2 ×1"],
        `killed at ${kills.join(", ")}`,
      );
      await house.close();
    }
  });
});

interface Said extends Told {
  readonly when: number;
  readonly revision: number;
  readonly previous: string | null;
}

/** Five minutes of a simulated house that begin so many minutes into its day, played into a store; everything said of them. */
async function played(seed: number, begin: number, disturbances: Partial<typeof undisturbed>): Promise<Said[]> {
  const house = await createWayIn();
  const building = createBuilding(seed);
  const { id } = building.organization;
  await house.put(building);
  const levels = ["ROOM", "ZONE", "FLOOR"].map((level) => `${level}_OCCUPANCY_1MIN`);
  await house.subscribe(makeSubscription({ ...takes(...levels), organization: id }));
  const morning = house.clock.now();
  const from = morning + begin * minute;
  house.clock.jump(begin * minute);
  const { sent } = simulateDay({ seed, building, morning, disturbances: { ...undisturbed, ...disturbances } });
  const waiting: (readonly [object, number])[] = [];
  for (const { observation, sentAt } of sent()) {
    if (sentAt > from + 10 * minute) break;
    if (observation.kind !== "detections" || observation.at < from || observation.at >= from + 5 * minute) continue;
    // Without its id, what comes twice is no duplicate to anybody.
    const { id: _, ...rest } = observation;
    waiting.push([rest, sentAt]);
  }
  const said: Said[] = [];
  let next = 0;
  for (let now = from; now < from + 13 * minute; now += 1_000) {
    const due: object[] = [];
    while (next < waiting.length && waiting[next]![1] <= now) due.push(waiting[next++]![0]);
    if (due.length > 0) await house.observe(...due);
    await house.clock.pass(1_000);
    for (const delivery of house.offered.splice(0)) {
      const { revision, previous } = delivery.event;
      said.push({ ...told(delivery), when: house.clock.now(), revision, previous });
    }
  }
  assert.equal(next, waiting.length);
  assert.deepEqual(house.errors, []);
  await house.close();
  return said;
}

const finals = (said: readonly Said[]) =>
  Object.fromEntries(said.map(({ type, space, timestamp, data }) => [`${type} ${space} ${timestamp}`, data]));

for (const [seed, begin] of [
  [7, 90],
  [9, 150],
] as const)
  test(`with a fifth of the observations up to 4 minutes late and some twice, minutes end as in order and are corrected sparingly: house ${seed}`, () =>
    checkLateness(seed, begin));

async function checkLateness(seed: number, begin: number): Promise<void> {
  const calm = await played(seed, begin, {});
  assert.ok(calm.length > 50 && calm.every(({ revision }) => revision === 0));
  const late = await played(seed, begin, { lateness: { share: 0.2, mostMs: 4 * minute }, duplicates: 0.05 });
  assert.deepEqual(finals(late), finals(calm));
  assert.ok(late.some(({ revision }) => revision > 0));

  const byMinute = Map.groupBy(late, ({ type, space, timestamp }) => `${type} ${space} ${timestamp}`);
  for (const [key, statements] of byMinute) {
    for (const [index, { revision, previous, data, when, timestamp }] of statements.entries()) {
      assert.equal(revision, index, key);
      const before = statements[index - 1];
      assert.equal(previous, before === undefined ? null : JSON.stringify(before.data), key);
      if (before === undefined) continue;
      assert.notEqual(data, before.data, key);
      const isEnd = when >= timestamp + 6 * minute;
      assert.ok(when <= timestamp + 6 * minute + 3_000, key);
      if (index > 1 && !isEnd) assert.ok(when - before.when >= minute - 1_000, `${key}: ${when - before.when} ms`);
    }
  }
}

test("much that is over at once is written in parts", async () => {
  const house = await createWayIn();
  const model = hall();
  const [site] = model.sites;
  const floors = Array.from({ length: 5 }, (_, level) => {
    const floor = structuredClone(groundFloor(model));
    const zones = Array.from({ length: 700 }, (__, index) => ({ id: `zone_${level}_${index}`, name: "Desk" }));
    const [sensor] = floor.sensors;
    const mac_address = `00-17-0d-00-00-00-01-0${level}`;
    const watching = {
      ...sensor,
      id: `eye_${level}`,
      mac_address,
      room_id: undefined,
      zone_ids: zones.map(({ id }) => id),
    };
    return { ...floor, id: `floor_${level}`, rooms: [], zones, sensors: [watching] };
  });
  site!.buildings[0]!.floors = floors;
  await house.put(model as unknown as ModelDocument);
  await house.clock.pass(minute - (house.clock.now() % minute));
  for (let second = 0; second < 30; second += 2) {
    const at = house.clock.now();
    await house.observe(
      ...floors.map((_, level) => ({ kind: "detections", sensor: `eye_${level}`, at, world: [[1, 1]] })),
    );
    await house.clock.pass(2_000);
  }
  let most = 0;
  const { accept } = house.store.ledger;
  Object.assign(house.store.ledger, {
    accept: (...given: Parameters<typeof accept>) => {
      most = Math.max(most, given[0].flatMap(({ events }) => events).length);
      return accept(...given);
    },
  });
  await house.clock.pass(60_000);
  const minutes = await house.store.ledger.readMinutes(
    "org_1",
    "presence",
    floors.flatMap(({ id, zones }) => [`floor:${id}`, ...zones.map((zone) => `zone:${zone.id}`)]),
    0,
    house.clock.now(),
  );
  assert.equal(minutes.length, 5 * 701);
  assert.ok(most > 700 && most < 3_000, `${most} events in one call`);
  assert.deepEqual(house.errors, []);
  await house.close();
});
