// How the console knows that a change concerns what a page has read, and how it reads server-sent events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextEvents, type ServerEvent } from "../../console/src/live/server-events.ts";
import { type Change, concerns, isTold } from "../../console/src/live/topics.ts";

const cases: readonly (readonly [
  path: string,
  query: Record<string, string | null>,
  change: Change,
  concerned: boolean,
])[] = [
  ["/v1/deliveries", {}, { deliveries: ["webhook_1"] }, true],
  ["/v1/deliveries", { subscription: null, state: "pending" }, { deliveries: ["webhook_1"] }, true],
  ["/v1/deliveries", { subscription: "webhook_1" }, { deliveries: ["webhook_2", "webhook_1"] }, true],
  ["/v1/deliveries", { subscription: "webhook_1" }, { deliveries: ["webhook_2"] }, false],
  ["/v1/deliveries", { subscription: "webhook_1" }, { deliveries: true }, true],
  ["/v1/deliveries/delivery_7", { subscription: "webhook_1" }, { deliveries: ["webhook_2"] }, true],
  ["/v1/deliveries", {}, { occupancy: ["building_1"], events: true }, false],
  ["/v1/subscriptions", {}, { deliveries: ["webhook_1"] }, true],
  ["/v1/subscriptions/webhook%5f1", {}, { subscriptions: ["webhook_1"] }, true],
  ["/v1/subscriptions/webhook_1", {}, { subscriptions: ["webhook_10"] }, false],
  ["/v1/events", { type: "TRAFFIC" }, { events: true }, true],
  ["/v1/events/event_1", {}, { events: true, deliveries: true }, false],
  ["/v1/occupancy", { space: "room:1" }, { occupancy: ["building_1"] }, true],
  ["/v1/occupancy", {}, { sensors: ["building_1"] }, false],
  ["/v1/sensors", {}, { sensors: ["building_1"] }, true],
  ["/v1/entries", { building: "b" }, { entries: true }, true],
  ["/v1/building-model", {}, { model: true }, true],
  ["/v1/alerts/alert_1", {}, { alerts: ["alert_1"] }, true],
  ["/v1/alerts/alert_1", {}, { alerts: ["alert_2"] }, false],
  ["/v1/alerts/told", {}, { alerts: ["alert_1"] }, true],
  ["/v1/alerts/open", {}, { subscriptions: ["webhook_1"] }, true],
  ["/v1/alerts/open", {}, { sensors: ["building_1"] }, true],
  ["/v1/alerts/open", {}, { alerts: ["alert_1"] }, false],
];

for (const [path, query, change, concerned] of cases) {
  test(`${JSON.stringify(change)} ${concerned ? "concerns" : "does not concern"} ${path} ${JSON.stringify(query)}`, () => {
    assert.equal(concerns({ path, query }, change), concerned);
    assert.equal(isTold({ path, query }), true);
  });
}

test("what no topic tells of is read again and again", () => {
  for (const path of ["/v1/replays", "/v1/keys", "/v1/audit", "/metrics"]) {
    assert.equal(isTold({ path, query: {} }), false, path);
    assert.equal(concerns({ path, query: {} }, { deliveries: true, model: true }), false, path);
  }
});

test("server-sent events are read whole, however their bytes are cut, and comments are none", async () => {
  const text =
    'retry: 2000\n\nevent: hello\ndata: {"at":"Café: 1"}\n\n:\n\nevent: changed\ndata: {"a":": "}\n\nevent: cut';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.slice(at * size, (at + 1) * size),
    );
    const found: ServerEvent[] = [];
    for await (const events of nextEvents(ReadableStream.from(pieces))) found.push(...events);
    assert.deepEqual(found, [
      { event: "hello", data: '{"at":"Café: 1"}' },
      { event: "changed", data: '{"a":": "}' },
    ]);
  }
});
