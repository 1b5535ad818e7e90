import assert from "node:assert/strict";
import { test } from "node:test";
import { createRetention } from "../../../src/delivery/settle/retention.ts";
import { silentLog } from "../../../src/log.ts";
import type { RetentionSettings } from "../../../src/delivery/settings.ts";
import { ok } from "../network.ts";
import { addOrganization, minute, progress } from "../../contract/samples.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { createTower, type Tower, urlOf } from "../harness.ts";

const hour = 3_600_000;
const day = 24 * hour;

const oneAtATime = { maxInFlight: 1, retryDelays: null };

function janitorOf(tower: Tower, settings: Partial<RetentionSettings> = {}, log = silentLog) {
  const expired: number[] = [];
  const janitor = createRetention({
    ledger: tower.ledger,
    clock: tower.clock,
    log,
    epoch: () => tower.dispatcher.epoch(),
    idle: () => tower.dispatcher.idle(),
    settings,
    onExpired(count, lanes) {
      expired.push(count);
      tower.dispatcher.expired(lanes);
    },
  });
  return { janitor, expired };
}

test("what is still owed when its event is forgotten expires, is counted, and is never sent", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  const { janitor, expired } = janitorOf(tower);
  await janitor.start();
  tower.change(lane, { state: "disabled" });
  await tower.ringMany(lane, 30);
  await tower.clock.pass(6 * day);
  assert.deepEqual(expired, []);
  await tower.clock.pass(1 * day + 2 * hour);
  assert.equal(
    expired.reduce((sum, count) => sum + count, 0),
    30,
  );
  tower.network.answer(urlOf(lane), () => ok);
  tower.change(lane, { state: "active" });
  await tower.clock.pass(hour);
  assert.equal(tower.network.calls.length, 0);
  assert.deepEqual(await tower.owed(), []);
  await janitor.stop();
});

test("what expires while it waits in memory is not sent, and what is young is", async () => {
  const tower = await createTower();
  const [lane, other] = [await tower.subscribe({ lane: oneAtATime }), await tower.subscribe({ lane: oneAtATime })];
  await tower.dispatcher.start();
  const answers: (() => void)[] = [];
  for (const each of [lane, other]) {
    tower.network.answer(urlOf(each), () => new Promise((resolve) => answers.push(() => resolve(ok))));
  }
  const first = await tower.ring(lane);
  await tower.ringMany(lane, 3);
  await tower.clock.pass(2_000);
  const young = [await tower.ring(lane), await tower.ring(other), await tower.ring(other)];
  const { janitor, expired } = janitorOf(tower, { eventsMs: 1_000 });
  await janitor.start();
  await tower.quiet();
  assert.deepEqual(expired, [4]);
  for (let answer = answers.shift(); answer !== undefined; answer = answers.shift()) {
    answer();
    await tower.quiet();
  }
  const sent = tower.network.calls.map(({ event }) => event);
  assert.deepEqual(sent.toSorted(), [first, ...young].toSorted());
  await janitor.stop();
});

test("minutes have a retention of their own, and the log says how many hours of them went", async () => {
  const tower = await createTower();
  await addOrganization(tower.store.registry);
  await tower.dispatcher.start();
  const facts: object[] = [];
  const log = notingLog((line) => void (line.event === "retention.pruned" && facts.push(line.facts)));
  const today = Math.floor(tower.clock.now() / day) * day;
  const minutes = [0, 1, 2].map((days) => minute(today + days * day));
  await tower.ledger.accept([], progress(tower.dispatcher.epoch(), 0, { minutes }));
  const { janitor } = janitorOf(tower, { minutesMs: 3 * day }, log);
  await janitor.start();
  const { organization, series, subject } = minutes[0]!;
  const all = { organization, series, subject, from: 0, until: today + 9 * day, limit: 1_000, after: null };
  const kept = async () => (await tower.store.history.minutes(all)).items.length;
  await tower.clock.pass(3 * day);
  assert.equal(await kept(), 3);
  await tower.clock.pass(day + 2 * hour);
  assert.equal(await kept(), 2);
  assert.deepEqual(facts, [
    { events: 0, observations: 0, idempotency_keys: 0, minute_hours: 1, entries: 0, sign_ins: 0 },
  ]);
  await janitor.stop();
});

test("a clock that leaps ahead does not make it forget before an hour has confirmed the new time", async () => {
  const tower = await createTower();
  const lane = await tower.subscribe({ state: "disabled" });
  await tower.dispatcher.start();
  const { janitor, expired } = janitorOf(tower);
  await janitor.start();
  await tower.clock.pass(1);
  await tower.ring(lane);
  tower.clock.jump(3650 * day);
  await tower.clock.pass(1.5 * hour);
  assert.deepEqual(expired, []);
  await tower.clock.pass(1 * hour);
  assert.deepEqual(expired, [1]);
  await janitor.stop();
  assert.equal(tower.clock.timers() <= 1, true);
});
