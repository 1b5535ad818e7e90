// The pure parts of the console's forms: what a form tells the API, what a filter is as a replay, a day's figures.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Figures, Subscription } from "../../console/src/api/types.ts";
import { replayOf, whyNotMany } from "../../console/src/deliveries/replay-of.ts";
import { isTold } from "../../console/src/live/topics.ts";
import { byHour, rateOf } from "../../console/src/subscriptions/day-figures.ts";
import { changesOf, creationOf, draftOf, emptyDraft } from "../../console/src/subscriptions/form/draft.ts";

const webhook: Subscription = {
  id: "webhook_1",
  organization: "org_a",
  dialect: "butlr",
  name: "rooms",
  scope: { kind: "organization" },
  bindings: [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }],
  filters: { room_ids: ["room_1"], occupancy: { comparison: "gte", value: 3 } },
  send_on_value_change: true,
  repeat_minutes: 0,
  heartbeat_s: 60,
  payload_format: "both",
  secrecy: false,
  include_locked: false,
  order: "subject",
  mode: "latest",
  endpoint: {
    url: "https://a.test/in",
    timeout_ms: 7_000,
    has_api_key: true,
    api_key_header: "x-api-key",
    has_basic_auth: false,
    basic_auth_username: null,
    header_names: ["x-more"],
    client_certificate: null,
    ca_certificates: null,
  },
  signatures: ["standard", "github"],
  public_key: null,
  rate_limit: { per_second: 10, burst: 20 },
  auto_disable_after_s: 432_000,
  lane: { max_in_flight: 4, retry_delays_ms: [5_000, 60_000], status: null },
  state: "active",
  paused: null,
  disabled_reason: null,
  created_at: "2026-06-17T10:00:00.000Z",
  updated_at: "2026-06-17T10:00:00.000Z",
};
const integration: Subscription = {
  ...webhook,
  dialect: "butterflymx",
  name: "webhook",
  scope: { kind: "building", id: "building_1" },
  bindings: [
    { type: "access_log.create", variant: 2, resource: "door_1" },
    { type: "access_log.create", variant: 2, resource: "door_2" },
    { type: "access_log.other", variant: 2, resource: "door_1" },
    { type: "call.create", variant: 0, resource: null },
  ],
  filters: null,
  send_on_value_change: false,
};

test("a form that nobody touched changes nothing", () => {
  for (const each of [webhook, integration]) assert.deepEqual(changesOf(draftOf(each), each), {});
});

test("a form tells what was changed and nothing else, least of all secrets that it was never shown", () => {
  const changed = { ...draftOf(webhook), url: "https://a.test/other", people: "5", heartbeat: "", timeout: "seven" };
  assert.deepEqual(changesOf(changed, webhook), {
    url: "https://a.test/other",
    filters: { room_ids: ["room_1"], occupancy: { comparison: "gte", value: 5 } },
    heartbeat_s: null,
    timeout_s: "seven",
  });
  const secrets = {
    ...draftOf(webhook),
    headers: "set",
    headerRows: [
      ["x-new", "1"],
      ["", ""],
    ],
    apiKey: "none",
  } as const;
  assert.deepEqual(changesOf(secrets, webhook), { headers: { "x-new": "1" }, api_key: null });
  const doors = { ...draftOf(integration), locked: true, types: { "door_release.create": [], "call.create": [] } };
  assert.deepEqual(changesOf(doors, integration), {
    types: ["door_release.create", "call.create"],
    include_locked: true,
  });
});

test("a time of its own that is not filled in is told as it is, so that the API refuses it: it is not never", () => {
  const own = { ...draftOf(webhook), disable: "own", disableAfter: "" } as const;
  assert.deepEqual(changesOf(own, webhook), { auto_disable_after_s: "" });
  assert.deepEqual(changesOf({ ...own, disable: "never" }, webhook), { auto_disable_after_s: null });
});

test("a name that was taken away is told, so that the old one is not kept in silence", () => {
  assert.deepEqual(changesOf({ ...draftOf(webhook), name: " " }, webhook), { name: "" });
  assert.ok(!("name" in creationOf({ ...emptyDraft, name: " " })), "a new one is named by the server");
});

test("doors and panels that an integration names stay under the names by which types are chosen", () => {
  assert.deepEqual(draftOf(integration).types, { "door_release.create": ["door_1", "door_2"], "call.create": [] });
  assert.equal(draftOf(integration).name, "", "an integration without a name of its own");
});

test("a new one says only what is not as usual, so that nothing of the other dialect is told", () => {
  const draft = { ...emptyDraft, name: " rooms ", url: "https://a.test/", types: { ROOM_OCCUPANCY: [] } };
  assert.deepEqual(creationOf(draft), {
    dialect: "butlr",
    name: "rooms",
    url: "https://a.test/",
    types: ["ROOM_OCCUPANCY"],
  });
  const doors = {
    ...emptyDraft,
    dialect: "butterflymx",
    scope: "tenant:tenant_1",
    url: "https://a.test/",
    types: { "call.create": ["panel_1"] },
    secrecy: true,
    retries: "own",
    delays: "5, 30;60",
  } as const;
  assert.deepEqual(creationOf(doors), {
    dialect: "butterflymx",
    scope: { kind: "tenant", id: "tenant_1" },
    url: "https://a.test/",
    types: [{ type: "call.create", resource: "panel_1" }],
    retry_delays_s: [5, 30, 60],
    secrecy: true,
  });
});

test("a filter of deliveries is a replay of the same, or says why it is none", () => {
  const wanted = {
    subscription: "webhook_1",
    state: "exhausted",
    type: "TRAFFIC",
    subject: "room_1",
    until: "2026-06-17T12:00:00Z",
  };
  assert.deepEqual(replayOf(wanted, "1781690400000", 9), {
    subscription: "webhook_1",
    from: 1_781_690_400_000,
    to: "2026-06-17T12:00:00Z",
    types: ["TRAFFIC"],
    spaces: ["room_1"],
    states: ["exhausted"],
  });
  assert.deepEqual(replayOf({ subscription: "webhook_1" }, null, 9), { subscription: "webhook_1", from: 0, to: 9 });
  assert.equal(whyNotMany(wanted, webhook), null);
  assert.match(whyNotMany(wanted, undefined)!, /Choose one subscription/);
  assert.match(whyNotMany({ ...wanted, code: "timeout" }, webhook)!, /outcomes/);
  assert.match(whyNotMany({ ...wanted, state: "held" }, webhook)!, /held is owed already/);
});

test("figures are not read anew with every delivery", () => {
  assert.equal(isTold({ path: "/v1/subscriptions", query: { figures: "true" } }), false);
  assert.equal(isTold({ path: "/v1/subscriptions", query: {} }), true);
});

test("a rate is all only where all succeeded, and hours without attempts are gaps", () => {
  const figures: Figures = {
    from: "2026-06-17T00:00:00.000Z",
    attempts: 100_000,
    delivered: 99_999,
    p50_ms: 1,
    p99_ms: 2,
    is_sample: false,
    hours: [{ at: "2026-06-17T02:00:00.000Z", codes: { delivered: 3 }, p50_ms: 1, p99_ms: 2 }],
    last: null,
    backlog: 0,
    is_backlog_whole: true,
    sequence: 0,
  };
  assert.equal(rateOf(figures), "99.9 %");
  assert.equal(rateOf({ attempts: 7, delivered: 7 }), "100 %");
  assert.equal(rateOf({ attempts: 0, delivered: 0 }), null);
  const hours = byHour(figures);
  assert.deepEqual([hours.length, hours[1], hours[2]?.codes["delivered"]], [24, null, 3]);
});
