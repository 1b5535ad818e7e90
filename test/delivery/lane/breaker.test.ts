import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { type Breaker, closed, probeNow, afterResult, restored } from "../../../src/delivery/lane/breaker.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import { failed, ok, outcome } from "../network.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";

const second = 1000;
const minute = 60 * second;
const rule = deliveryDefaults;
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const lesson = fc.record({ success: fc.boolean(), probe: fc.boolean(), at: fc.nat(1_000_000) });
const lessons = fc.array(fc.tuple(lesson, fraction), { maxLength: 30 });
const failure = { success: false, probe: false, at: 1 };
const times = (count: number, each: Parameters<typeof afterResult>[1]) =>
  Array.from(
    { length: count },
    () => [each, 0.5] as [typeof lesson extends fc.Arbitrary<infer One> ? One : never, number],
  );
/** The fifth failure, the one before it, a probe, what was under way when it opened, and a success in between. */
const turns = [
  times(4, failure),
  times(5, failure),
  [...times(5, failure), ...times(1, { ...failure, probe: true })],
  [...times(5, failure), ...times(2, failure)],
  [...times(4, failure), ...times(1, { ...failure, success: true }), ...times(4, failure)],
];
const after = (given: readonly (readonly [Parameters<typeof afterResult>[1], number])[]): Breaker =>
  given.reduce<Breaker>((breaker, [each, chance]) => afterResult(breaker, each, rule, chance), closed);

test("a success closes the breaker, whatever came before", () => {
  fc.assert(
    fc.property(lessons, fraction, (given, chance) => {
      assert.deepEqual(afterResult(after(given), { success: true, probe: false, at: 0 }, rule, chance), closed);
    }),
  );
});

test("it opens with the fifth failure in a row and not before, and then only probes count", () => {
  fc.assert(
    fc.property(lessons, (given) => {
      let failures = 0;
      for (const [{ success, probe }] of given) {
        if (success) failures = 0;
        else if (failures < 5 || probe) failures++;
      }
      const breaker = after(given);
      assert.deepEqual([breaker.failures, breaker.open], [failures, failures >= 5]);
    }),
    { examples: turns.map((given) => [given]) },
  );
});

test("the next probe comes as long after the last as the retry schedule says, ± 20 %, and at most 30 minutes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.nat(1_000_000), fraction, (probes, at, chance) => {
      let breaker = closed;
      for (let count = 0; count < 5 + probes; count++) {
        breaker = afterResult(breaker, { success: false, probe: breaker.open, at }, rule, chance);
      }
      const planned = [5 * second, 5 * minute][probes] ?? 30 * minute;
      const wait = breaker.probeAt - at;
      assert.ok(wait >= planned * 0.8 && wait <= planned * 1.2, `${wait}`);
    }),
    { examples: [0, 1, 2, 9, 40].map((probes) => [probes, 0, 0.5]) },
  );
});

test("when the schedule is at its end, its last delay is that between probes for ever", () => {
  const short = { ...rule, retryDelays: [1_000, 2_000] };
  let breaker = closed;
  const waits: number[] = [];
  for (let count = 0; count < 10; count++) {
    breaker = afterResult(breaker, { success: false, probe: breaker.open, at: 0 }, short, 0.5);
    if (breaker.open) waits.push(breaker.probeAt);
  }
  assert.deepEqual(waits, [1_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
});

test("a breaker that was remembered goes on as if there had been no restart", () => {
  fc.assert(
    fc.property(lessons, lessons, (before, later) => {
      const breaker = after(before);
      fc.pre(breaker.open);
      const again = restored(breaker.failures, breaker.probeAt, rule);
      assert.deepEqual(again, breaker);
      const goOn = (from: Breaker) =>
        later.reduce((each, [given, chance]) => afterResult(each, given, rule, chance), from);
      assert.deepEqual(goOn(again), goOn(breaker));
    }),
    { examples: [[turns[1]!, turns[2]!]] },
  );
});

test("hurrying brings the next probe forward and forgets no failure", () => {
  fc.assert(
    fc.property(lessons, (given) => {
      const breaker = after(given);
      const { open, failures, probeAt } = probeNow(breaker);
      assert.deepEqual({ open, failures, probeAt }, { ...breaker, probeAt: -Infinity });
    }),
  );
});

const attempted = ({ network }: Tower) => network.calls.map(({ event, attempt }) => `${event}/${attempt}`);

test("behind an open breaker one probe at a time is made, each of another delivery, and nothing else is attempted", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed(503));
  await tower.dispatcher.start();
  const events = await tower.ringMany(lane, 400);
  // 503 pauses the lane for five seconds each time, so that one after the other fails.
  await tower.clock.pass(21 * second);
  const opened = tower.network.calls.length;
  assert.equal(opened, 5);
  await tower.clock.pass(70 * minute);
  const probes = tower.network.calls.slice(opened);
  const starts = [tower.network.calls[opened - 1]!, ...probes].map(({ monotonic }) => monotonic);
  const gaps = starts.slice(1).map((start, index) => Math.round((start - starts[index]!) / second));
  assert.deepEqual(gaps, [5, 300, 1_800, 1_800]);
  assert.equal(new Set(attempted(tower)).size, attempted(tower).length);
  assert.ok(new Set(probes.map(({ event }) => event)).size > 1, "not always the same");
  const owed = await tower.owed();
  assert.equal(owed.length, events.length);
  assert.equal(
    owed.reduce((sum, { attempts }) => sum + attempts, 0),
    tower.network.calls.length,
    "what waits has spent no attempt",
  );
  assert.ok(tower.dispatcher.snapshot().inMemory <= 1);
});

test("a receiver that comes back sees a ramp of one, two, four, and its backlog in order of age", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: 8, retryDelays: null } });
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  const events = await tower.ringMany(lane, 2_000);
  await tower.clock.pass(minute);
  const before = tower.network.calls.length;
  const tried = new Set(tower.network.calls.map(({ event }) => event));
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(lane), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  await tower.clock.pass(6 * minute);
  const widths: number[] = [];
  for (let round = 0; round < 6; round++) {
    widths.push(answers.length);
    answers.shift()!();
    await tower.clock.pass(0);
  }
  assert.deepEqual(widths, [1, 2, 4, 8, 8, 8]);
  while (tower.network.calls.length < before + 1_500) {
    for (const answer of answers.splice(0)) answer();
    await tower.clock.pass(0);
  }
  const firsts = tower.network.calls.slice(before).filter(({ attempt }) => attempt === 1);
  const waiting = events.filter((event) => !tried.has(event));
  assert.deepEqual(
    firsts.map(({ event }) => event),
    waiting.slice(0, firsts.length),
  );
});

test("payloads that a receiver always refuses do not keep the others from it", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ lane: { maxInFlight: 1, retryDelays: null } });
  const refused = new Set<string>();
  tower.network.answer(urlOf(lane), ({ event }) => (refused.has(event) ? failed(400) : ok));
  await tower.dispatcher.start();
  tower.network.answer(urlOf(lane), () => failed(400));
  for (const event of await tower.ringMany(lane, 5)) refused.add(event);
  await tower.quiet();
  assert.equal(tower.network.calls.length, 5);
  tower.network.answer(urlOf(lane), ({ event }) => (refused.has(event) ? failed(400) : ok));
  await tower.ringMany(lane, 50);
  await tower.clock.pass(6 * minute);
  await tower.quiet();
  assert.equal((await tower.owed()).length, 5);
});

test("the wait behind an open breaker outlives a restart, in its length and in what follows", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed());
  await tower.dispatcher.start();
  await tower.ringMany(lane, 100);
  await tower.clock.pass(6 * second);
  const before = tower.network.calls.length;
  await tower.clock.pass(2 * minute);
  await tower.restart();
  await tower.clock.pass(2 * minute);
  assert.equal(tower.network.calls.length, before, "not before its time");
  await tower.clock.pass(2 * minute);
  assert.equal(tower.network.calls.length, before + 1);
  await tower.dispatcher.stop();
  await tower.restart();
  await tower.clock.pass(25 * minute);
  assert.equal(tower.network.calls.length, before + 1, "and the schedule goes on");
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(10 * minute);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
});

test("a receiver's Retry-After outlives a restart for the whole lane", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => failed(429, { retryAfterMs: 10 * minute }));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 10);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.restart();
  await tower.clock.pass(10 * minute - second);
  assert.equal(tower.network.calls.length, 1);
  await tower.clock.pass(2 * second);
  await tower.quiet();
  assert.deepEqual(await tower.owed(), []);
});

test("a change of the subscription brings the next probe forward, another address forgets what the old one did", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  tower.network.answer(urlOf(lane), () => outcome("connect_refused"));
  await tower.dispatcher.start();
  await tower.ringMany(lane, 50);
  await tower.clock.pass(minute);
  const before = tower.network.calls.length;
  tower.change(lane, { name: "mended" });
  await tower.quiet();
  assert.equal(tower.network.calls.length, before + 1);
  const { endpoint } = tower.subscriptions.get(lane)!;
  tower.change(lane, { endpoint: { ...endpoint, url: "https://elsewhere.example/" } });
  await tower.quiet();
  const elsewhere = tower.network.calls.filter(({ url }) => url === "https://elsewhere.example/");
  assert.ok(elsewhere.length >= 44, `${elsewhere.length}`);
});
