// Minutes as a receiver gets them from a real process: a first value, its repeat, and its correction. The correction comes when
// the lateness of its minute ends, since a minute is corrected once a minute at most. The process gets a wall clock that runs as
// ever and is set such that a minute ends soon.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createWebhooks } from "../dialects/butlr/operations.ts";
import { hall } from "../sensing/hall.ts";
import { call, createKey, makePlace, serve, startReceiver, stop } from "./harness.ts";

const minute = 60_000;
/** Before its lateness ends there must be time for the first value and its repeat. */
const leastMs = 15_000;
/** For the start of the process and what comes before the first value. On a busy machine it is too short, and the next minute
 * does as well. */
const startMs = 6_000;

/** Options of Node that set the clock of a process ahead, its threads' too. */
const aheadBy = (ms: number): string => {
  const script = `const now = Date.now.bind(Date); Date.now = () => now() + ${ms}`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
};

test("a minute is repeated as the same event, and corrected as another one with its revision and the value before", async () => {
  const begun = Date.now();
  const ahead = Math.ceil((begun + leastMs + startMs) / minute) * minute - (begun + leastMs + startMs);
  const server = await serve(makePlace(), { NODE_OPTIONS: aheadBy(ahead) });
  const receiver = await startReceiver();
  const ask = async (path: string, body: unknown, method = "POST", key = server.key) => {
    const answer = await call(`${server.url}${path}`, { method, key, body });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  await ask("/v1/building-model", hall(), "PUT");
  const { key } = await createKey(server, "organization", "org_1");
  const webhook = {
    name: "minutes",
    event_types: ["ROOM_OCCUPANCY_1MIN"],
    endpoint_config: { url: `${receiver.url}/hook`, http_timeout: 5 },
  };
  const created = await ask("/api/v3/graphql", { query: createWebhooks, variables: { input: [webhook] } }, "POST", key);
  const [{ id }] = created.data.createWebhooks;
  assert.equal((await ask(`/v1/subscriptions/${id}`, { repeat_minutes: 5 }, "PATCH")).repeat_minutes, 5);

  const t = Math.ceil((Date.now() + ahead + leastMs) / minute) * minute - 6 * minute;
  const frames = (from: number, until: number, people: number) =>
    Array.from({ length: (until - from) / 2_000 }, (_, index) => ({
      kind: "detections",
      sensor: "sensor_3",
      at: t + from + index * 2_000,
      world: Array.from({ length: people }, (__, person) => [5, 0.5 + person]),
    }));
  await ask("/v1/observations", [...frames(0, 20_000, 1), ...frames(minute, 2 * minute, 2)]);
  await receiver.waitFor(3, 15_000);
  await ask("/v1/observations", frames(20_000, minute, 3));
  await receiver.waitFor(4, 90_000);

  const received = receiver.requests.map(({ headers, body }) => {
    const payload = JSON.parse(body.toString()) as { id: string; timestamp: number; data: number };
    assert.equal(headers["webhook-id"], payload.id);
    return {
      id: payload.id,
      says: `${payload.data} at ${(payload.timestamp - t) / minute}`,
      text: body.toString(),
      corrects: [headers["belfry-revision"], headers["belfry-previous-value"]],
    };
  });
  const [correction] = received.splice(3);
  assert.deepEqual(received.map(({ says }) => says).toSorted(), ["1 at 0", "1 at 0", "2 at 1"]);
  assert.ok(received.every(({ corrects }) => corrects.every((header) => header === undefined)));
  const [once, again] = received.filter(({ says }) => says === "1 at 0");
  assert.deepEqual([again!.id, again!.text], [once!.id, once!.text]);
  assert.deepEqual([correction!.says, correction!.corrects], ["3 at 0", ["1", "1"]]);
  assert.notEqual(correction!.id, once!.id);

  const { data } = await ask(`/v1/deliveries?subscription=${id}`, undefined, "GET");
  const repeats = (data as { event: string; id: string }[]).filter(({ event }) => event === once!.id);
  assert.deepEqual([repeats.length, new Set(repeats.map((each) => each.id)).size], [2, 2]);
  await stop(server);
});
