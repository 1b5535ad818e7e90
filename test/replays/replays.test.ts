// Replay jobs over a real store: each matching event once, whatever ends the process meanwhile.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { Ending, Replay } from "../../src/model/replay.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { ReplayRequest } from "../../src/replays/replays-port.ts";
import { accept, audit, event, noon, owed, put, readLane, settlement, subscription } from "../contract/samples.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { type Harness, minute, openHarness } from "./harness.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-replays-"));
after(() => rmSync(root, { recursive: true }));

const everything: ReplayRequest = {
  from: noon,
  to: noon + 60 * minute,
  types: null,
  spaces: null,
  endings: null,
  perSecond: null,
};

interface Happened {
  readonly type: string;
  readonly room: string;
  readonly value: number;
  /** ms after noon. */
  readonly after: number;
  /** How its delivery ended; null: it is still owed, undefined: there was none. */
  readonly ending: Exclude<Ending, "none" | "expired"> | null | undefined;
}

const quiet = (after: number, change: Partial<Happened> = {}): Happened => ({
  type: "ROOM_OCCUPANCY",
  room: "room_1",
  value: 1,
  after,
  ending: undefined,
  ...change,
});

async function subscribe(harness: Harness, change: Partial<Subscription> = {}): Promise<Subscription> {
  const number = await harness.registry.allocate(1);
  const made = subscription(number, { filters: null, createdAt: noon - minute, ...change });
  await put(harness.registry, "org_one", made);
  return made;
}

/** Ids of the events, in their order. */
async function happen(harness: Harness, lane: number, all: readonly Happened[]): Promise<readonly string[]> {
  const events = all.map(({ type, room, value, after: ms, ending }, index) => {
    const id = `event_${index}`;
    const scopes = JSON.stringify({ room });
    const body = JSON.stringify({ id, data: type.startsWith("PIR") ? undefined : value });
    const deliveries = ending === undefined ? [] : [owed(lane)];
    const at = noon + ms;
    return event(id, { type, subject: room, at, acceptedAt: at, body, value: null, scopes, deliveries });
  });
  const receipts = await accept(harness.store, events);
  const settled = receipts.flatMap((receipt, index) => {
    const { ending } = all[index]!;
    const number = receipt.status === "accepted" ? receipt.deliveries[0] : undefined;
    return ending && number !== undefined ? [settlement(number, lane, { next: { state: ending } })] : [];
  });
  await harness.store.ledger.settle(harness.epoch, settled);
  return events.map(({ id }) => id);
}

const replayedRows = async ({ store, epoch }: Harness, lane: number) =>
  (await readLane(store.ledger, epoch, noon + 1e9, lane, 10_000)).rows.filter((row) => row.class === "replay");

const replayed = async (harness: Harness, lane: number): Promise<readonly string[]> =>
  (await replayedRows(harness, lane)).map((row) => row.event.id);

const jobOf = async ({ store }: Harness, { id }: Replay): Promise<Replay> => (await store.replays.replayJob(id, null))!;

test("what was accepted in a time is owed again, once and in its order, at the pace that was asked for", async () => {
  const harness = await openHarness();
  const { number: lane } = await subscribe(harness);
  const ids = await happen(
    harness,
    lane,
    Array.from({ length: 100 }, (_, index) => quiet(index)),
  );
  const job = await harness.requests.create(
    await harness.registry.subscription(`webhook_${lane}`, "org_one").then((found) => found!),
    { ...everything, perSecond: 20 },
    "key_test",
  );
  const counts: number[] = [];
  for (let second = 0; second < 4; second++) {
    await harness.clock.pass(1_000);
    counts.push((await replayed(harness, lane)).length);
  }
  for (const [index, count] of counts.entries()) {
    const most = 20 * (index + 1) + 4;
    assert.ok(count >= 20 * (index + 1) - 4 && count <= most, `${count} after ${index + 1} s`);
  }
  assert.equal((await jobOf(harness, job)).state, "running");
  await harness.clock.pass(2_000);
  assert.deepEqual(await replayed(harness, lane), ids);
  const done = await jobOf(harness, job);
  assert.deepEqual([done.state, done.added, done.position], ["done", 100, done.upTo]);
  assert.equal(harness.told[0], `${lane} replay`);
  assert.ok((await replayedRows(harness, lane)).every((row) => row.replay === job.id));
  await harness.store.close();
});

test("a job that a stop cut off goes on at the same event after the start", async () => {
  const directory = join(root, "stopped");
  const before = await openHarness(directory);
  const made = await subscribe(before);
  const ids = await happen(
    before,
    made.number,
    Array.from({ length: 60 }, (_, index) => quiet(index)),
  );
  await before.requests.create(made, { ...everything, perSecond: 10 }, "key_test");
  await before.clock.pass(2_000);
  const early = await replayed(before, made.number);
  assert.ok(early.length > 5 && early.length < 55, `${early.length} before the stop`);
  await before.store.close();
  const next = await openHarness(directory, createSteeredClock(noon + 90 * minute));
  await next.clock.pass(20_000);
  assert.deepEqual(await replayed(next, made.number), ids);
  await next.store.close();
});

/** Few, so that many events fall on the ends of a time. */
const moments = (min: number, max: number) => fc.integer({ min, max }).map((tens) => tens * 10_000);
const happenedAnyhow = fc.record({
  type: fc.constantFrom("ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "PIR_MOTION"),
  room: fc.constantFrom("room_1", "room_2", "room_3"),
  value: fc.integer({ min: 0, max: 2 }),
  after: moments(0, 59),
  ending: fc.constantFrom<Happened["ending"][]>(undefined, null, "delivered", "exhausted", "cancelled"),
});
const rooms = fc.subarray(["room_1", "room_2", "room_3"], { minLength: 1 });
const types = fc.subarray(["ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "PIR_MOTION"], { minLength: 1 });
const endings = fc.subarray(["delivered", "exhausted", "cancelled", "none"] as Ending[], { minLength: 1 });

test("whatever happened, is asked for and ends the process: each event that fits is owed once more, and no other", async () => {
  const cases = fc.record({
    all: fc.array(happenedAnyhow, { maxLength: 60, size: "max" }),
    takes: types,
    rooms: fc.option(rooms),
    least: fc.option(fc.integer({ min: 1, max: 2 })),
    changes: fc.boolean(),
    asks: fc.record({
      from: moments(0, 20),
      to: moments(21, 60),
      types: fc.option(types),
      spaces: fc.option(rooms),
      endings: fc.option(endings),
    }),
    kills: fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 4, size: "max" }),
  });
  const check = async (given: typeof cases extends fc.Arbitrary<infer Given> ? Given : never) => {
    const { all, takes, rooms: only, least, changes, asks, kills } = given;
    const sorted = all.toSorted((a, b) => a.after - b.after);
    let harness = await openHarness();
    const made = await subscribe(harness, {
      bindings: takes.map((type) => ({ type, variant: 0, resource: null })),
      filters: {
        ...(only && { room_ids: only }),
        ...(least !== null && { occupancy: { comparison: "gte", value: least } }),
      },
      sendOnValueChange: changes,
    });
    const ids = await happen(harness, made.number, sorted);
    const askedTypes = asks.types?.filter((type) => takes.includes(type)) ?? null;
    const request = {
      ...asks,
      types: askedTypes?.length === 0 ? null : askedTypes,
      from: noon + asks.from,
      to: noon + asks.to,
      perSecond: 5,
    };
    const counted = await harness.requests.dryRun(made, request);
    await harness.requests.create(made, request, "key_test");
    for (const ms of kills) {
      await harness.clock.pass(ms);
      harness = await harness.takeOver();
    }
    await harness.clock.pass(20_000);

    const expected: string[] = [];
    const values = new Map<string, number>();
    for (const [index, { type, room, value, after: ms, ending }] of sorted.entries()) {
      if (ms < asks.from || ms >= asks.to) continue;
      if (!takes.includes(type) || (request.types !== null && !request.types.includes(type))) continue;
      if (only !== null && !only.includes(room)) continue;
      const counts = type !== "PIR_MOTION";
      if (counts && least !== null && value < least) continue;
      const isSame = counts && values.get(type + room) === value;
      values.set(type + room, value);
      if (changes && isSame) continue;
      if (asks.spaces !== null && !asks.spaces.includes(room)) continue;
      if (asks.endings !== null) {
        if (ending === null || !asks.endings.includes(ending ?? "none")) continue;
      }
      expected.push(ids[index]!);
    }
    assert.deepEqual(await replayed(harness, made.number), expected);
    assert.equal(counted.total, expected.length);
    await harness.store.close();
  };
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: 40 });
});

test("of changes only: a restart does not forget the values that were sent before it", async () => {
  let harness = await openHarness();
  const made = await subscribe(harness, { sendOnValueChange: true });
  const values = Array.from({ length: 60 }, (_, index) => Math.floor(index / 6));
  const ids = await happen(
    harness,
    made.number,
    values.map((value, index) => quiet(index, { value })),
  );
  await harness.requests.create(made, { ...everything, perSecond: 5 }, "key_test");
  for (let kill = 0; kill < 4; kill++) {
    await harness.clock.pass(300);
    harness = await harness.takeOver();
  }
  assert.ok((await replayed(harness, made.number)).length < 10, "it was cut off on the way");
  await harness.clock.pass(5_000);
  assert.deepEqual(
    await replayed(harness, made.number),
    ids.filter((_, index) => index % 6 === 0),
  );
  await harness.store.close();
});

test("an event counts as delivered once one of its deliveries was, and as its last one otherwise", async () => {
  const harness = await openHarness();
  const made = await subscribe(harness);
  const { store, epoch } = harness;
  const ended = { ending: "exhausted" } as const;
  const ids = await happen(harness, made.number, [quiet(0, ended), quiet(1, ended), quiet(2, ended), quiet(3, ended)]);
  const numbers = (
    await store.history.deliveries({
      organization: "org_one",
      subscription: made.id,
      state: null,
      since: null,
      limit: 9,
      before: null,
    })
  ).items;
  const numberOf = (id: string) => numbers.find((each) => each.event === id)!.number;
  const resent = async (id: string) => (await store.ledger.resend(numberOf(id), noon + 30 * minute))!.number;
  // Of the first one a resend arrived and a later one did not; the second has one that is owed; the third one's failed too.
  await store.ledger.settle(epoch, [settlement(await resent(ids[0]!), made.number)]);
  const failed = { next: { state: "exhausted" } } as const;
  await store.ledger.settle(epoch, [settlement(await resent(ids[0]!), made.number, failed)]);
  await resent(ids[1]!);
  await store.ledger.settle(epoch, [settlement(await resent(ids[2]!), made.number, failed)]);
  await harness.requests.create(made, { ...everything, endings: ["exhausted"] }, "key_test");
  await harness.clock.pass(2_000);
  assert.deepEqual(await replayed(harness, made.number), [ids[2], ids[3]]);
  await harness.store.close();
});

test("a cancelled job adds nothing more, and what it added is cancelled", async () => {
  const lines: Line[] = [];
  const harness = await openHarness(
    null,
    undefined,
    notingLog((line) => lines.push(line)),
  );
  const made = await subscribe(harness);
  await happen(
    harness,
    made.number,
    Array.from({ length: 60 }, (_, index) => quiet(index)),
  );
  const job = await harness.requests.create(made, { ...everything, perSecond: 10 }, "key_test");
  await harness.clock.pass(1_000);
  const { length } = await replayed(harness, made.number);
  assert.ok(length > 0);
  assert.equal((await harness.requests.cancel(job, "key_test")).state, "cancelling");
  await harness.clock.pass(2_000);
  assert.deepEqual(await replayed(harness, made.number), []);
  const ended = await jobOf(harness, job);
  assert.deepEqual([ended.state, ended.reason, ended.added], ["cancelled", "Somebody cancelled it.", length]);
  const { items } = await harness.store.history.deliveries({
    organization: "org_one",
    subscription: null,
    state: "cancelled",
    since: null,
    limit: 100,
    before: null,
  });
  assert.equal(items.length, length);
  assert.ok(items.every(({ last }) => last?.detail === "The replay was cancelled."));
  assert.deepEqual(harness.told.slice(-2), [`bar ${made.number}`, `unbar ${made.number}`], "nothing starts meanwhile");
  assert.deepEqual(
    lines.map(({ event: name, facts }) => [name, facts["state"]]),
    [["replay.ended", "cancelled"]],
  );
  assert.equal((await harness.requests.cancel(ended, "key_test")).state, "cancelled");
  await harness.store.close();
});

test("a job matches against the subscription as it is now, and ends when that is removed", async () => {
  const harness = await openHarness();
  const made = await subscribe(harness, { filters: { room_ids: ["room_1"] } });
  const all = Array.from({ length: 40 }, (_, index) => quiet(index, { room: index % 2 === 0 ? "room_1" : "room_2" }));
  const ids = await happen(harness, made.number, all);
  const job = await harness.requests.create(made, { ...everything, perSecond: 5 }, "key_test");
  await harness.clock.pass(1_000);
  const before = await replayed(harness, made.number);
  await put(harness.registry, "org_one", { ...made, filters: { room_ids: ["room_2"] } });
  await harness.clock.pass(1_000);
  const then = await replayed(harness, made.number);
  const expected = ids.filter((_, index) => index % 2 === 1 && index > ids.indexOf(before.at(-1)!));
  assert.deepEqual(then.slice(before.length), expected.slice(0, then.length - before.length));
  assert.ok(then.length > before.length);
  await harness.registry.change({ organization: "org_one", revision: null, remove: [made.number], audit: [audit()] });
  await harness.clock.pass(1_000);
  const ended = await jobOf(harness, job);
  assert.deepEqual([ended.state, ended.reason], ["cancelled", "The subscription was removed."]);
  assert.equal(await harness.jobs.idle(), undefined);
  await harness.store.close();
});

test("a job of a paused or disabled subscription runs, and what it adds is held", async () => {
  for (const change of [{ paused: { at: noon, by: "key_test" } }, { state: "disabled" }] as const) {
    const harness = await openHarness();
    const made = await subscribe(harness, change);
    await happen(harness, made.number, [quiet(0)]);
    const job = await harness.requests.create(made, everything, "key_test");
    await harness.clock.pass(1_000);
    assert.equal((await jobOf(harness, job)).state, "done");
    const [held] = (
      await harness.store.history.deliveries({
        organization: "org_one",
        subscription: made.id,
        state: "held",
        since: null,
        limit: 9,
        before: null,
      })
    ).items;
    assert.equal(held?.event, "event_0");
    await harness.store.close();
  }
});

test("two jobs share the time: a search of many pages does not hold up the other", async (t) => {
  const before = await openHarness();
  const [seldom, often] = [await subscribe(before, { filters: { room_ids: ["room_9"] } }), await subscribe(before)];
  // A page has 1,000 events.
  const ids = await happen(
    before,
    often.number,
    Array.from({ length: 3_500 }, (_, index) => quiet(index)),
  );
  // Both begin in one moment, at the start of the next process.
  await before.jobs.stop();
  await before.requests.create(seldom, everything, "key_test");
  await before.requests.create(often, { ...everything, from: noon + 3_460, perSecond: 100 }, "key_test");
  const turns: string[] = [];
  const { keptEvents } = before.store.history;
  t.mock.method(before.store.history, "keptEvents", (query: Parameters<typeof keptEvents>[0]) => {
    turns.push(query.from === noon ? "long" : "short");
    return keptEvents(query);
  });
  const harness = await before.takeOver();
  await harness.clock.pass(1_000);
  assert.deepEqual(turns, ["long", "short", "long", "long", "long"]);
  assert.deepEqual(await replayed(harness, often.number), ids.slice(3_460));
  assert.deepEqual(await replayed(harness, seldom.number), []);
  await harness.store.close();
});

test("a request that cannot be is refused, and says what can", async () => {
  const harness = await openHarness();
  const made = await subscribe(harness);
  const refused = async (change: Partial<ReplayRequest>, message: RegExp): Promise<void> => {
    const request = { ...everything, ...change };
    await assert.rejects(harness.requests.create(made, request, "key_test"), { code: "INVALID", message });
    await assert.rejects(harness.requests.dryRun(made, request), { code: "INVALID", message });
  };
  await refused({ to: noon }, /^`to` must be later than `from`\.$/);
  await refused({ from: noon + 61 * minute, to: noon + 62 * minute }, /^`from` is in the future/);
  await refused({ perSecond: 5_001 }, /^`per_second` may be at most 5000 here \(BELFRY_REPLAY_RATE_MAX\)\.$/);
  await refused({ types: ["TRAFFIC"] }, /^The subscription does not take TRAFFIC\. It takes ROOM_OCCUPANCY\.$/);
  const job = await harness.requests.create(made, { ...everything, to: noon + 90 * minute }, "key_test");
  assert.deepEqual([job.to, job.perSecond], [harness.clock.now(), 100], "a time to come means now");
  await harness.store.close();
});
