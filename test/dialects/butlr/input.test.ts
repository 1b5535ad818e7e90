import assert from "node:assert/strict";
import { test } from "node:test";
import type { DestinationGuard } from "../../../src/delivery/destination-guard.ts";
import { authentication } from "../../../src/dialects/butlr/authentication.ts";
import { check, type CreateInput, type UpdateInput } from "../../../src/dialects/butlr/input.ts";
import { BelfryError } from "../../../src/errors.ts";
import type { Endpoint, Subscription } from "../../../src/model/subscription.ts";

const judge: Pick<DestinationGuard, "url" | "header"> = {
  url: async (url) =>
    url.startsWith("https://") ? { allowed: true } : { allowed: false, code: "NOT_HTTPS", message: "Use https." },
  header: (name) =>
    name === "host"
      ? { allowed: false, code: "header_forbidden", message: "This header is Belfry's." }
      : { allowed: true },
};

const deps = { guard: judge, eventsKeptMs: async () => 100 * 3_600_000 };

const good: CreateInput = {
  name: "rooms",
  event_types: ["ROOM_OCCUPANCY"],
  endpoint_config: { url: "https://example.com", http_timeout: 10 },
};

async function problemsOf(...inputs: readonly (CreateInput | UpdateInput)[]) {
  try {
    await check(inputs, deps, "org_a");
    return [];
  } catch (error) {
    assert.ok(error instanceof BelfryError);
    return error.problems.map(({ path, code }) => `${path} ${code}`);
  }
}

const withEndpoint = (more: object): CreateInput => ({
  ...good,
  endpoint_config: { ...good.endpoint_config, ...more },
});

test("what is right passes, the limits included", async () => {
  const longest = withEndpoint({
    http_timeout: 15,
    api_key: { key: "x-api-key", value: "v" },
    basic_auth: { username: "", password: "p:w" },
  });
  assert.deepEqual(
    await problemsOf(good, { ...longest, name: "🏢".repeat(200) }, withEndpoint({ http_timeout: 1 })),
    [],
  );
  assert.deepEqual(await problemsOf({ id: "webhook_1" }), []);
});

test("all faults of all entries are named at once, each with its path", async () => {
  const wrong = [
    { ...good, name: " " },
    { ...good, event_types: [] },
    { ...good, event_types: ["TRAFFIC", "ROOM_OCCUPANCY_1M", "TRAFFIC", "ROOM_OCCUPANCY_1MIN"] },
    withEndpoint({ http_timeout: 0, url: "http://example.com" }),
    withEndpoint({ http_timeout: 16, api_key: { key: "host", value: "v" } }),
    withEndpoint({ basic_auth: { username: "a:b", password: "c\n" } }),
    { ...good, filters: ["room_1"] },
    { ...good, filters: { rooms: [], room_ids: "room_1", zone_ids: [1], floor_ids: [""] } },
  ];
  assert.deepEqual(await problemsOf(...wrong), [
    "input[0].name INVALID_NAME",
    "input[1].event_types NO_EVENT_TYPE",
    "input[2].event_types[2] DUPLICATE_EVENT_TYPE",
    "input[2].event_types[3] DUPLICATE_EVENT_TYPE",
    "input[3].endpoint_config.url ADDRESS_NOT_ALLOWED",
    "input[3].endpoint_config.http_timeout INVALID_TIMEOUT",
    "input[4].endpoint_config.http_timeout INVALID_TIMEOUT",
    "input[4].endpoint_config.api_key HEADER_NOT_ALLOWED",
    "input[5].endpoint_config.basic_auth.username INVALID_BASIC_AUTH",
    "input[5].endpoint_config.basic_auth.password INVALID_BASIC_AUTH",
    "input[6].filters INVALID_FILTER",
    "input[7].filters.rooms INVALID_FILTER",
    "input[7].filters.room_ids INVALID_FILTER",
    "input[7].filters.zone_ids INVALID_FILTER",
    "input[7].filters.floor_ids INVALID_FILTER",
  ]);
});

test("a password or user name that a tool shows masked is not taken for one", async () => {
  for (const [username, password, field] of [
    ["me", "********", "password"],
    ["me", "[REDACTED]", "password"],
    ["me", "••••", "password"],
    ["****", "p", "username"],
  ] as const) {
    const found = await problemsOf(withEndpoint({ basic_auth: { username, password } }));
    assert.deepEqual(found, [`input[0].endpoint_config.basic_auth.${field} INVALID_BASIC_AUTH`]);
  }
});

test("null in an update is no fault, of what stays as of what goes", async () => {
  const nulls = {
    name: null,
    event_types: null,
    endpoint_config: null,
    filters: null,
    retry_policy: null,
    concurrency: null,
  };
  assert.deepEqual(await problemsOf({ id: "w", ...nulls }), []);
});

test("retries and concurrency have their bounds", async () => {
  const hours = (...all: readonly number[]) => ({
    ...good,
    retry_policy: { delays_s: all.map((each) => each * 3600) },
  });
  assert.deepEqual(
    await problemsOf(hours(), hours(24, 24, 24), { ...good, concurrency: 1 }, { ...good, concurrency: 64 }),
    [],
  );
  assert.deepEqual(
    await problemsOf(
      hours(24, 24, 24, 8),
      hours(25),
      { ...good, retry_policy: { delays_s: [0] } },
      { ...good, retry_policy: { delays_s: Array.from({ length: 21 }, () => 1) } },
      { ...good, concurrency: 0 },
      { ...good, concurrency: 65 },
    ),
    [
      ...[0, 1, 2, 3].map((index) => `input[${index}].retry_policy.delays_s INVALID_RETRY_POLICY`),
      "input[4].concurrency INVALID_CONCURRENCY",
      "input[5].concurrency INVALID_CONCURRENCY",
    ],
  );
});

test("an occupancy filter is a comparison and a number", async () => {
  const occupancy = (value: unknown) => ({ ...good, filters: { occupancy: value } });
  assert.deepEqual(await problemsOf(occupancy({ comparison: "gte", value: 0 }), occupancy(null)), []);
  const wrong = [5, [], {}, { comparison: ">", value: 1 }, { comparison: "gt", value: "1" }, { comparison: "gt" }];
  assert.deepEqual(
    await problemsOf(...wrong.map(occupancy), occupancy({ comparison: "gt", value: 1, more: 1 })),
    Array.from({ length: 7 }, (_, index) => `input[${index}].filters.occupancy INVALID_FILTER`),
  );
});

test("a refused address comes with the judge's sentence and a code of its own", async () => {
  await assert.rejects(check([withEndpoint({ url: "http://example.com" })], deps, "org_a"), {
    code: "ADDRESS_NOT_ALLOWED",
    message: "input[0].endpoint_config.url is refused: Use https.",
  });
  await assert.rejects(check([withEndpoint({ url: "http://a", http_timeout: 99 })], deps, "org_a"), {
    code: "INVALID",
  });
});

test("a flood of entries is refused before any address is judged", async () => {
  const never: typeof judge = { ...judge, url: () => assert.fail("an address was judged") };
  await assert.rejects(
    check(
      Array.from({ length: 51 }, () => good),
      { ...deps, guard: never },
      "org_a",
    ),
    { code: "INVALID" },
  );
});

const subscribed = (endpoint: Partial<Endpoint>): Subscription =>
  ({ endpoint: { apiKey: null, basicAuth: null, ...endpoint } }) as Subscription;

test("a webhook authenticates with its header, with Basic, with both or not at all", () => {
  const apiKey = { name: "X-Api-Key", value: "k 1" };
  const basicAuth = { username: "Aladdin", password: "open sesame" };
  const basic = ["authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="];
  assert.deepEqual(authentication(subscribed({})), []);
  assert.deepEqual(authentication(subscribed({ apiKey })), [["X-Api-Key", "k 1"]]);
  assert.deepEqual(authentication(subscribed({ basicAuth })), [basic]);
  assert.deepEqual(authentication(subscribed({ apiKey, basicAuth })), [["X-Api-Key", "k 1"], basic]);
  const headers = { "x-tenant": "7", "x-site": "8" };
  const fixed = [
    ["x-tenant", "7"],
    ["x-site", "8"],
  ];
  assert.deepEqual(authentication(subscribed({ apiKey, headers })), [["X-Api-Key", "k 1"], ...fixed]);
});

test("Basic credentials go out as UTF-8", () => {
  // The example of RFC 7617 §2.1.
  const basicAuth = { username: "test", password: "123£" };
  assert.deepEqual(authentication(subscribed({ basicAuth })), [["authorization", "Basic dGVzdDoxMjPCow=="]]);
});
