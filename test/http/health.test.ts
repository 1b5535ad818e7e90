import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { countRequests, createHealthApi } from "../../src/http/health.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { silentLog } from "../../src/log.ts";
import { ask } from "./fixture.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const clock = createSteeredClock(Date.UTC(2026, 0, 1));
const metrics = createMetrics({ processFigures: true });
let server: HttpServer;
let draining = false;
let store: () => Promise<unknown> = async () => {};

before(async () => {
  server = createHttpServer({ host: "127.0.0.1", port: 0, log: silentLog, clock });
  countRequests(server.scope, metrics);
  server.mount(createHealthApi({ clock, metrics, checks: { store: () => store() }, draining: () => draining }));
  await server.scope.ready();
});
after(() => server.stop());

const ready = async () => {
  const { status, body } = await ask({ server }, "GET /readyz");
  return [status, body.ready, body.checks.store];
};

test("alive is alive", async () => {
  const { status, headers } = await ask({ server }, "GET /healthz");
  assert.deepEqual([status, headers["cache-control"]], [200, "no-store"]);
  assert.equal((await ask({ server }, "HEAD /healthz")).status, 200);
});

test("ready means that the store answers in time and nothing is ending", async () => {
  assert.deepEqual(await ready(), [200, true, "ok"]);
  store = () => Promise.reject(new Error("disk gone at /secret/path"));
  assert.deepEqual(await ready(), [503, false, "failed"]);
  assert.ok(!(await ask({ server }, "GET /readyz")).text.includes("secret"));
  const asked = Promise.withResolvers<void>();
  store = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const slow = ready();
  await asked.promise;
  clock.advance(2_000);
  assert.deepEqual(await slow, [503, false, "failed"]);
  store = async () => {};
  draining = true;
  assert.deepEqual(await ready(), [503, false, "ok"]);
  draining = false;
});

test("figures are on the page as they are when it is asked for, and a broken one is left out", async () => {
  let owed = 3;
  metrics.gauge("belfry_deliveries_pending", "Owed.", () => owed);
  metrics.gauge("belfry_broken", "Broken.", () => Promise.reject(new Error("no")));
  const attempts = metrics.counts("belfry_attempts_total", "Attempts.", [{ code: "delivered" }, { code: "timeout" }]);
  const delay = metrics.histogram("belfry_delay_seconds", "Delay.", [0.1, 1]);
  attempts[0]! += 2;
  for (const value of [0.1, 0.5, 7]) delay(value);
  const page = async () => (await ask({ server }, "GET /metrics")).text;
  const text = await page();
  for (const line of [
    "belfry_deliveries_pending 3",
    'belfry_attempts_total{code="delivered"} 2',
    'belfry_attempts_total{code="timeout"} 0',
    "# TYPE belfry_attempts_total counter",
    "# TYPE belfry_delay_seconds histogram",
    'belfry_delay_seconds_bucket{le="0.1"} 1',
    'belfry_delay_seconds_bucket{le="1"} 2',
    'belfry_delay_seconds_bucket{le="+Inf"} 3',
    "belfry_delay_seconds_sum 7.6",
    "belfry_delay_seconds_count 3",
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  assert.ok(!/^belfry_broken /m.test(text));
  assert.match(text, /^belfry_http_requests_total\{method="GET",status="5xx"\} \d+$/m);
  assert.match(text, /^process_resident_memory_bytes /m);
  for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    assert.equal(name!.endsWith("_total"), type === "counter", `${name} is a ${type}`);
  }
  owed = 0;
  assert.ok((await page()).includes("\nbelfry_deliveries_pending 0\n"));
});

test("figures of one look are taken once for each page, and all of them are left out when it fails", async () => {
  let looks = 0;
  const look = () => {
    if (++looks > 2) throw new Error("no");
    return { belfry_one: looks, belfry_two: 10 * looks };
  };
  const other = createMetrics({ processFigures: false });
  other.gauges({ belfry_one: "One.", belfry_two: "Two." }, look);
  assert.match(await other.text(), /^belfry_one 1\n[^]*^belfry_two 10$/m);
  assert.match(await other.text(), /^belfry_one 2\n[^]*^belfry_two 20$/m);
  assert.doesNotMatch(await other.text(), /^belfry_/m);
  assert.equal(looks, 3);
});

test("two registries know nothing of each other", async () => {
  const other = createMetrics({ processFigures: false });
  other.gauge("belfry_deliveries_pending", "Owed.", () => 9);
  assert.match(await other.text(), /belfry_deliveries_pending 9/);
});
