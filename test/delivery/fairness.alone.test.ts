import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { failed, ok, outcome } from "./network.ts";
import { createTower, urlOf } from "./harness.ts";
import { until } from "../fixtures/until.ts";

const second = 1000;

test("whatever comes and however it is answered, no cap of lane, organization, host or all is ever exceeded, and all is delivered in the end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        lanes: fc.array(
          fc.record({
            organization: fc.constantFrom("org_a", "org_b", "org_c"),
            host: fc.constantFrom("one.example", "two.example:8443", "three.example"),
            cap: fc.integer({ min: 1, max: 5 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        caps: fc.record({
          subscription: fc.constant(4),
          organization: fc.integer({ min: 1, max: 6 }),
          host: fc.integer({ min: 1, max: 6 }),
          overall: fc.integer({ min: 1, max: 10 }),
        }),
        window: fc.integer({ min: 1, max: 12 }),
        steps: fc.array(
          fc.oneof(
            fc.record({ ring: fc.nat(7), count: fc.integer({ min: 1, max: 12 }) }),
            fc.record({
              answers: fc.integer({ min: 1, max: 8 }),
              how: fc.constantFrom("ok", "fail", "timeout", "busy"),
            }),
            fc.record({ pass: fc.constantFrom(1, 500, 2_000, 6_000) }),
          ),
          { maxLength: 25 },
        ),
      }),
      async ({ lanes, caps, window, steps }) => {
        const tower = await createTower({
          settings: { caps, bufferRows: window, retryDelays: Array(50).fill(3 * second) },
        });
        const { network, clock } = tower;
        const answers: ((how: string) => void)[] = [];
        const owners = new Map<string, (typeof lanes)[number]>();
        const numbers: number[] = [];
        for (const lane of lanes) {
          const number = await tower.subscribe({
            organization: lane.organization,
            lane: { maxInFlight: lane.cap, retryDelays: null },
          });
          const url = `https://${lane.host}/${number}`;
          tower.change(number, { endpoint: { ...tower.subscriptions.get(number)!.endpoint, url } });
          numbers.push(number);
          owners.set(url, lane);
          network.answer(url, () => new Promise((resolve) => answers.push((how) => resolve(answerOf(how)))));
        }
        network.onStart = ({ url }) => {
          const lane = owners.get(url)!;
          const sum = (like: (other: (typeof lanes)[number]) => boolean) =>
            [...network.open].reduce((total, [other, open]) => total + (like(owners.get(other)!) ? open : 0), 0);
          assert.ok(network.open.get(url)! <= lane.cap, "lane");
          assert.ok(sum(({ organization }) => organization === lane.organization) <= caps.organization, "organization");
          assert.ok(sum(({ host }) => host === lane.host) <= caps.host, "host");
          assert.ok(network.inFlight() <= caps.overall, "all");
          const deliveries = new Set<string>();
          for (const call of network.calls) deliveries.add(`${call.delivery}/${call.attempt}`);
          assert.equal(deliveries.size, network.calls.length, "no attempt is made twice");
        };
        await tower.dispatcher.start();
        let rung = 0;
        for (const step of steps) {
          if ("ring" in step) {
            const lane = numbers[step.ring % numbers.length]!;
            await tower.ringMany(lane, step.count);
            rung += step.count;
          } else if ("pass" in step) await clock.pass(step.pass);
          else for (const answer of answers.splice(0, step.answers)) answer(step.how);
          await calm();
        }
        for (let round = 0; round < 2_000 && tower.settled.filter(isFinal).length < rung; round++) {
          for (const answer of answers.splice(0)) answer("ok");
          await clock.pass(answers.length === 0 ? second : 0);
        }
        assert.equal(tower.settled.filter(isFinal).length, rung);
        assert.deepEqual(tower.failures, []);
        assert.deepEqual(await tower.owed(), []);
        const { inFlight, settling: booking, inMemory, slow } = tower.dispatcher.snapshot();
        assert.deepEqual({ inFlight, booking, inMemory, slow }, { inFlight: 0, booking: 0, inMemory: 0, slow: 0 });
        await tower.store.close();
      },
    ),
    { numRuns: 60 },
  );
});

const isFinal = ({ next }: { readonly next: object }) => "state" in next;

const answerOf = (how: string) =>
  how === "ok" ? ok : how === "fail" ? failed() : how === "busy" ? failed(503) : outcome("timeout");

test("hanging endpoints never hold more than half of all slots, and the healthy go on", async () => {
  const caps = { subscription: 4, organization: 1_000, host: 1_000, overall: 20 };
  const tower = await createTower({ settings: { caps } });
  const hanging: number[] = [];
  for (let lane = 0; lane < 30; lane++) hanging.push(await tower.subscribe({ organization: `org_${lane % 7}` }));
  const healthy = await tower.subscribe({ organization: "org_0" });
  for (const lane of hanging) tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  await tower.ring(healthy);
  let worst = 0;
  tower.network.onStart = () => {
    worst = Math.max(
      worst,
      hanging.reduce((sum, lane) => sum + (tower.network.open.get(urlOf(lane)) ?? 0), 0),
    );
  };
  for (const lane of hanging) await tower.ringMany(lane, 10);
  let delivered = 1;
  for (let tick = 0; tick < 60; tick++) {
    await tower.ring(healthy);
    await tower.clock.pass(second);
    const done = tower.settled.filter(({ lane }) => lane === healthy).length;
    assert.equal(done, ++delivered, "the healthy lane is not kept waiting");
  }
  assert.equal(worst, 10);
});

test("endpoints that were quick and begin to hang lose their credit after a second", async () => {
  const caps = { subscription: 4, organization: 1_000, host: 1_000, overall: 12 };
  const tower = await createTower({ settings: { caps } });
  const lanes = [await tower.subscribe(), await tower.subscribe()];
  const healthy = await tower.subscribe();
  await tower.dispatcher.start();
  for (const lane of [...lanes, healthy]) await tower.ringMany(lane, 4);
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => "hang");
  for (const lane of lanes) await tower.ringMany(lane, 20);
  assert.equal(tower.dispatcher.snapshot().slow, 0);
  await tower.clock.pass(1_001);
  await tower.ring(healthy);
  assert.equal(tower.dispatcher.snapshot().slow, 8, "both lanes had their four in flight");
  await tower.clock.pass(15 * second);
  assert.ok(tower.dispatcher.snapshot().slow <= 6);
  assert.equal(tower.settled.filter(({ lane }) => lane === healthy).length, 5);
});

test("a backlog of a hundred thousand rows in one lane keeps to its window, and the others go on", async () => {
  const tower = await createTower({ settings: { bufferRows: 256 } });
  const flooded = await tower.subscribe({ organization: "org_1" });
  const other = await tower.subscribe({ organization: "org_1" });
  tower.network.answer(urlOf(flooded), () => "hang");
  await tower.dispatcher.start();
  for (let batch = 0; batch < 50; batch++) await tower.ringMany(flooded, 2_000);
  assert.ok(tower.dispatcher.snapshot().inMemory <= 256 + 4);
  await tower.ring(other);
  assert.equal(tower.settled.filter(({ lane }) => lane === other).length, 1);
  tower.network.answer(urlOf(flooded), () => ok);
  await tower.clock.pass(15 * second);
  let peak = 0;
  tower.network.onStart = () => {
    peak = Math.max(peak, tower.dispatcher.snapshot().inMemory);
  };
  await until("3,000 attempts", () => tower.network.calls.length >= 3_000);
  assert.ok(peak <= 256 + 4, `${peak} rows in memory`);
  await tower.ring(other);
  assert.equal(tower.settled.filter(({ lane }) => lane === other).length, 2);
});

test("lanes full of large bodies keep few of them in memory, and all are delivered, in order", async () => {
  const length = 100_000;
  const tower = await createTower({ bodyLength: length, settings: { bytesInMemory: 10 * length } });
  const lanes = [await tower.subscribe(), await tower.subscribe(), await tower.subscribe()];
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  let peak = 0;
  const look = () => (peak = Math.max(peak, tower.dispatcher.snapshot().inMemory));
  const ids: string[] = [];
  for (let round = 0; round < 60; round++) {
    ids.push(await tower.ring(lanes[round % 3]!));
    look();
  }
  assert.ok(peak <= 10 + 3, `${peak} rows in memory`);
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(30 * second);
  await tower.clock.pass(60 * second);
  assert.equal(new Set(tower.settled.filter(({ next }) => "state" in next).map(({ delivery }) => delivery)).size, 60);
  for (const [index, lane] of lanes.entries()) {
    const firsts = tower.network.calls.filter(({ url, attempt }) => url === urlOf(lane) && attempt === 1);
    assert.deepEqual(
      firsts.map(({ event }) => event),
      ids.filter((_, round) => round % 3 === index),
    );
  }
});

test("a read that brings nothing but large rows which are under way is not made again and again", async () => {
  const tower = await createTower({ bodyLength: 6 * 1024 * 1024 });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  await tower.ringMany(lane, 3);
  await tower.quiet();
  tower.network.answer(urlOf(lane), () => "hang");
  let reads = 0;
  tower.fault = (verb) => void (reads += Number(verb === "readDue"));
  for (let round = 0; round < 12; round++) await tower.ring(lane);
  await tower.restart();
  await tower.quiet();
  const started = tower.network.inFlight();
  reads = 0;
  for (let round = 0; round < 20; round++) await tower.clock.pass(100);
  assert.ok(reads < 5, `${reads} reads while ${started} attempts hang`);
  tower.network.answer(urlOf(lane), () => ok);
  await tower.clock.pass(30 * second);
  await tower.clock.pass(60 * second);
  assert.equal((await tower.owed()).length, 0);
});

test("retries of a broken lane leave four of five starts to first attempts while these wait", async () => {
  const caps = { subscription: 4, organization: 1_000, host: 1_000, overall: 1 };
  const retryDelays = Array(9).fill(second);
  const tower = await createTower({ settings: { caps, retryDelays, breakAfter: 1_000, slowMs: 1e9 } });
  const broken = await tower.subscribe();
  const fresh = await tower.subscribe();
  tower.network.answer(urlOf(broken), () => failed());
  await tower.dispatcher.start();
  await tower.ringMany(broken, 200);
  await tower.quiet();
  const answers: (() => void)[] = [];
  tower.network.answer(urlOf(fresh), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  // It has the only slot while the retries become due.
  await tower.ring(fresh);
  await tower.clock.pass(5 * second);
  const before = tower.network.calls.length;
  await tower.ringMany(fresh, 60);
  for (let turns = 0; turns < 300; turns++) {
    answers.shift()?.();
    await calm();
  }
  const starts = tower.network.calls.slice(before).map(({ url }) => (url === urlOf(fresh) ? "first" : "retry"));
  const last = starts.lastIndexOf("first");
  const share = starts.slice(0, last).filter((kind) => kind === "retry").length / last;
  assert.ok(share > 0.1 && share < 0.3, `retries had ${share} of the starts`);
});

test("many lanes of large bodies keep few more in memory than can be under way, and all are delivered", async () => {
  const length = 100_000;
  const caps = { subscription: 4, organization: 8, host: 8, overall: 64 };
  const tower = await createTower({ bodyLength: length, settings: { bytesInMemory: 10 * length, caps } });
  const lanes: number[] = [];
  for (let number = 0; number < 600; number++) lanes.push(await tower.subscribe());
  const other = await tower.subscribe({ organization: "org_2" });
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => "hang");
  await tower.dispatcher.start();
  let peak = 0;
  for (const lane of lanes) {
    await tower.ring(lane);
    peak = Math.max(peak, tower.dispatcher.snapshot().inMemory);
  }
  // Its retry has to be read, behind all that waits for room.
  tower.network.answer(urlOf(other), ({ attempt }) => (attempt === 1 ? failed(500) : ok));
  await tower.ring(other);
  await tower.clock.pass(10 * second);
  assert.equal(tower.settled.filter(({ lane }) => lane === other).length, 2);
  assert.ok(peak <= 10 + 8, `${peak} rows in memory`);
  for (const lane of lanes) tower.network.answer(urlOf(lane), () => ok);
  for (let minutes = 0; minutes < 15; minutes++) await tower.clock.pass(60 * second);
  const delivered = tower.settled.filter(({ next }) => "state" in next).map(({ delivery }) => delivery);
  assert.equal(new Set(delivered).size, 601);
});

test("an organization whose endpoints hang leaves slots of their host to others, at once and for good", async () => {
  const caps = { subscription: 4, organization: 64, host: 16, overall: 2_048 };
  const tower = await createTower({ settings: { caps } });
  const at = async (organization: string): Promise<{ readonly lane: number; readonly url: string }> => {
    const lane = await tower.subscribe({ organization });
    const url = `https://shared.example/${lane}`;
    tower.change(lane, { endpoint: { ...tower.subscriptions.get(lane)!.endpoint, url } });
    return { lane, url };
  };
  const hanging = [];
  for (let count = 0; count < 120; count++) hanging.push(await at("org_a"));
  for (const { url } of hanging) tower.network.answer(url, () => "hang");
  const healthy = await at("org_b");
  await tower.dispatcher.start();
  await tower.ring(healthy.lane);
  for (const { lane } of hanging) await tower.ring(lane);
  const wait: number[] = [];
  for (let tick = 0; tick < 20; tick++) {
    const asked = tower.clock.monotonic();
    const before = tower.settled.filter(({ lane }) => lane === healthy.lane).length;
    await tower.ring(healthy.lane);
    while (tower.settled.filter(({ lane }) => lane === healthy.lane).length === before) await tower.clock.pass(10);
    wait.push(tower.clock.monotonic() - asked);
    await tower.clock.pass(second);
    assert.ok(tower.network.inFlight() >= 12, `${tower.network.inFlight()} slots are in use all the same`);
  }
  assert.ok(Math.max(...wait) <= 20, `${wait.join(" ")} ms`);
});
