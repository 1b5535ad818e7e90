// Numbers of a subscription at its receiver: what is only late is no gap, what does not come is told once, and what Belfry still has
// is fetched and handled once.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import {
  createReceiver,
  type Gap,
  missedFrom,
  type MissedItem,
  type ReceiverOptions,
  type Seen,
} from "../../receiver/src/index.ts";
import { nothingCame, type Numbers, skippedBy, upTo, without } from "../../receiver/src/numbers.ts";
import { memorySeen } from "../../receiver/src/memory-seen.ts";
import { bodies, signed } from "./examples.ts";

const room = bodies["ROOM_OCCUPANCY"]!;
const minutes = 60_000;

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 5) }));
afterEach(() => mock.timers.reset());

/** Time passes, and everything that follows from it happens. */
async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

function open(options: Partial<ReceiverOptions> = {}) {
  const gaps: Gap[] = [];
  const handled: (number | null)[] = [];
  const errors: unknown[] = [];
  const receiver = createReceiver({
    unverified: true,
    onGap: (gap) => void gaps.push(gap),
    onError: (error) => void errors.push(error),
    ...options,
  }).otherwise(({ sequence }) => void handled.push(sequence));
  const send = async (sequence: number | null, more: Record<string, string> = {}) => {
    const headers = sequence === null ? more : { "belfry-sequence": String(sequence), ...more };
    const { status } = await receiver.receive(signed(room, `event_${sequence}`, headers));
    assert.equal(status, 200);
  };
  return { gaps, handled, errors, send, receiver };
}

test("numbers that come late are no gap, and those that do not come are told once, when the wait is over", async () => {
  const { gaps, send, handled } = open();
  for (const sequence of [7, 8, 12, 10, 9]) await send(sequence);
  await pass(9 * minutes);
  assert.deepEqual(gaps, []);
  await pass(minutes);
  assert.deepEqual(gaps, [{ from: 11, to: 11, state: "missing" }]);
  await pass(60 * minutes);
  await send(11);
  await pass(60 * minutes);
  assert.equal(gaps.length, 1);
  assert.deepEqual(handled, [7, 8, 12, 10, 9, 11]);
});

test("what came before the first number is not missing, nor is an event without a number, nor one that comes again", async () => {
  const { gaps, send } = open();
  for (const sequence of [5, null, 3, 5, 6]) await send(sequence);
  await pass(60 * minutes);
  assert.deepEqual(gaps, []);
});

test("numbers that Belfry names as skipped are no gap, whatever else the header says", async () => {
  const { gaps, send } = open({ gapWaitSeconds: 1 });
  await send(1);
  await send(9, { "belfry-sequence-skipped": "2-4, 6,x,7-, 0-3" });
  await pass(1_000);
  assert.deepEqual(
    gaps.map(({ from, to }) => [from, to]),
    [
      [5, 5],
      [7, 8],
    ],
  );
});

test("a heartbeat tells the last number, and reaches no handler", async () => {
  const { gaps, handled, send, receiver } = open();
  await send(1);
  const body = JSON.stringify({ type: "HEARTBEAT", timestamp: 1, metadata: {} });
  const headers = { "belfry-heartbeat": "true", "belfry-sequence": "3" };
  assert.equal((await receiver.receive(signed(body, "heartbeat_1", headers))).status, 200);
  await pass(5 * minutes);
  await send(2);
  await pass(10 * minutes);
  assert.deepEqual([gaps, handled], [[{ from: 3, to: 3, state: "missing" }], [1, 2]]);
  const plain = createReceiver({ unverified: true }).otherwise(() => assert.fail("a heartbeat is no event"));
  assert.equal((await plain.receive(signed(body, "heartbeat_2", headers))).status, 200);
});

test("a number counts as come when its event is handled, not when the handler fails", async () => {
  const gaps: Gap[] = [];
  let fails = true;
  const receiver = createReceiver({
    unverified: true,
    onGap: (gap) => void gaps.push(gap),
    onError: () => {},
  }).otherwise(({ sequence }) => {
    if (sequence === 2 && fails) throw new Error("not now");
  });
  const send = (sequence: number) =>
    receiver.receive(signed(room, `event_${sequence}`, { "belfry-sequence": String(sequence) }));
  for (const sequence of [1, 2, 3]) await send(sequence);
  await pass(9 * minutes);
  fails = false;
  assert.equal((await send(2)).status, 200);
  await pass(2 * minutes);
  assert.deepEqual(gaps, []);
});

test("numbers are kept over a restart in the store of what was seen", async () => {
  let kept: string | null = null;
  const store: Seen = { ...memorySeen(), numbers: { read: async () => kept, write: (text) => void (kept = text) } };
  const before = open({ seen: store });
  for (const sequence of [1, 2, 4]) await before.send(sequence);
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 5) + 5 * minutes });
  const after = open({ seen: store });
  await after.send(6);
  await pass(5 * minutes);
  assert.deepEqual(after.gaps, [{ from: 3, to: 3, state: "missing" }]);
  await pass(5 * minutes);
  assert.deepEqual(after.gaps[1], { from: 5, to: 5, state: "missing" });
});

test("a gap that cannot be told, or asked for, is tried again after the wait", async () => {
  let fails = true;
  const told: Gap[] = [];
  const { errors, send } = open({
    onGap(gap) {
      if (fails) throw new Error("no line");
      told.push(gap);
    },
  });
  await send(1);
  await send(3);
  await pass(10 * minutes);
  assert.equal(errors.length, 1);
  fails = false;
  await pass(10 * minutes);
  assert.deepEqual(told, [{ from: 2, to: 2, state: "missing" }]);
});

test("what is missing is fetched and handled once, and what cannot be had is told with its state", async () => {
  const event = (sequence: number, state: string, isKept = true): MissedItem => ({
    sequence,
    state,
    event: `event_${sequence}`,
    ...(isKept && { body: room, revision: 1, previous_value: 3 }),
  });
  const all: MissedItem[] = [
    event(2, "pending"),
    event(3, "exhausted"),
    event(4, "superseded"),
    event(5, "cancelled"),
    event(6, "delivered", false),
    { sequence: 7, through: 9, state: "forgotten" },
    event(10, "delivered"),
  ];
  const asked: number[] = [];
  const fetchMissed = async (after: number) => {
    asked.push(after);
    const data = all.filter((item) => (item.through ?? item.sequence) > after).slice(0, 3);
    return { data, last: 12 };
  };
  const { gaps, handled, send } = open({ fetchMissed });
  await send(1);
  await send(12);
  await send(11);
  await send(2);
  await pass(10 * minutes);
  assert.deepEqual(handled, [1, 12, 11, 2, 3, 10], "2 had come meanwhile");
  assert.deepEqual(gaps, [
    { from: 5, to: 5, state: "cancelled" },
    { from: 6, to: 6, state: "delivered" },
    { from: 7, to: 9, state: "forgotten" },
  ]);
  assert.deepEqual(asked, [2, 5]);
  await pass(60 * minutes);
  assert.deepEqual([gaps.length, asked.length], [3, 2]);
});

test("Belfry is asked with the key, and an answer that is none is an error", async () => {
  const requests: string[] = [];
  const answer =
    (status: number) =>
    async (...[url, init]: Parameters<typeof fetch>) => {
      requests.push(`${(url as URL).href} ${new Headers(init?.headers).get("authorization")}`);
      return new Response('{"data":[],"last":4}', { status });
    };
  const options = { url: "https://belfry.test/v1/subscriptions/webhook_1/events", key: "belfry_k" };
  assert.deepEqual(await missedFrom({ ...options, fetch: answer(200) })(3), { data: [], last: 4 });
  assert.deepEqual(requests, [`${options.url}?after=3 Bearer belfry_k`]);
  await assert.rejects(missedFrom({ ...options, fetch: answer(404) })(3), /answered 404/);
});

test("a wait that is none is refused", () => {
  assert.throws(() => createReceiver({ unverified: true, gapWaitSeconds: -1 }), /gapWaitSeconds/);
});

test("whatever comes in whatever order, missing is what did not come behind the first number", () => {
  const step = fc.record({
    at: fc.integer({ min: 1, max: 60 }),
    kind: fc.constantFrom("event", "event", "heartbeat", "skipped"),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let numbers: Numbers = nothingCame;
      const come = new Set<number>();
      let [first, last] = [0, 0];
      for (const [now, { at, kind }] of steps.entries()) {
        if (kind === "skipped")
          numbers = skippedBy({ "belfry-sequence-skipped": `${at}-${at + 2}` }).reduce(without, numbers);
        else numbers = upTo(numbers, at, now);
        if (kind === "event") numbers = without(numbers, { from: at, to: at });
        if (kind === "event") come.add(at);
        if (kind !== "skipped" && first === 0) [first, last] = [at, at];
        else if (kind === "skipped") for (const each of [at, at + 1, at + 2]) if (each <= last) come.add(each);
        if (kind !== "skipped") last = Math.max(last, at);
        const missing = numbers.missing.flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, index) => from + index),
        );
        const expected = Array.from({ length: Math.max(last - first, 0) }, (_, index) => first + 1 + index);
        assert.deepEqual(
          missing,
          expected.filter((each) => !come.has(each)),
        );
      }
    }),
  );
});
