// POST /v1/subscriptions and the part of PATCH that says what a subscription takes and where it goes: by the rules of either
// dialect, all or nothing, every fault beside its field.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let key: string;

const hook = { dialect: "butlr", name: "rooms", url: "https://hooks.example.test/in", types: ["ROOM_OCCUPANCY"] };
const doors = {
  dialect: "butterflymx",
  scope: { kind: "building", id: "building_a" },
  url: "https://doors.example.test/in",
  types: ["door_release.create", { type: "access_log.create", resource: "door_a" }],
};

const post = (body: object, as = key) => ask(house, "POST /v1/subscriptions", { key: as, body });
const patch = (id: string, body: object, as = key) => ask(house, `PATCH /v1/subscriptions/${id}`, { key: as, body });
const paths = (answer: { body: { problems: { path: string }[] } }) => answer.body.problems.map(({ path }) => path);

describe("subscriptions made and changed through the operator API", () => {
  before(async () => {
    house = await openHouse();
    for (const name of ["a", "b"]) {
      const operator = await keyFor(house, "operator");
      await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
    }
    key = await keyFor(house, "organization", "org_a");
  });
  after(() => house.close());

  test("a webhook is made with all its settings at once, and its secret is shown", async () => {
    const settings = {
      ...hook,
      filters: { room_ids: ["room_a"], occupancy: { comparison: "gte", value: 3 } },
      send_on_value_change: true,
      api_key: { name: "x-api-key", value: "canary" },
      timeout_s: 7,
      retry_delays_s: [5, 60],
      max_in_flight: 4,
      headers: { "x-tenant": "canary-2" },
      rate_limit: { per_second: 10 },
      order: "subject",
      mode: "latest",
      heartbeat_s: 60,
      signatures: ["ed25519"],
      auto_disable_after_s: 3_600,
    };
    const { status, body, text } = await post(settings);
    assert.equal(status, 201, text);
    assert.match(body.signing_secret, /^whsec_/);
    assert.match(body.id, /^webhook_/);
    assert.match(body.public_key, /^whpk_/);
    assert.ok(!text.includes("canary"), "no value of a secret is shown");
    assert.deepEqual(body.scope, { kind: "organization" });
    assert.deepEqual(body.bindings, [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }]);
    assert.deepEqual(body.filters, settings.filters);
    assert.equal(body.send_on_value_change, true);
    assert.equal(body.endpoint.timeout_ms, 7_000);
    assert.equal(body.endpoint.api_key_header, "x-api-key");
    assert.deepEqual(body.endpoint.header_names, ["x-tenant"]);
    assert.deepEqual(body.lane.retry_delays_ms, [5_000, 60_000]);
    assert.equal(body.lane.max_in_flight, 4);
    assert.deepEqual(body.rate_limit, { per_second: 10, burst: 10 });
    assert.deepEqual([body.order, body.mode, body.heartbeat_s], ["subject", "latest", 60]);
    const stored = (await ask(house, `GET /v1/subscriptions/${body.id}`, { key })).body;
    assert.deepEqual(stored, JSON.parse(JSON.stringify({ ...body, signing_secret: undefined })));
  });

  test("every setting that is refused says which it is, what it may be and what was given", async () => {
    const { body: made } = await post({ ...hook, name: "told", types: ["ZONE_OCCUPANCY"] });
    const heartbeat = "heartbeat_s must be a whole number from 10 to 86400, or 0 or null for never, not";
    const disable = "auto_disable_after_s must be a number of seconds from 60 to 315360000, 0 or null for never";
    const told: readonly (readonly [object, string])[] = [
      [{}, "The request must name at least one setting, such as name, url, types or order; see docs/api.md."],
      [{ heartbeat_s: 5 }, `${heartbeat} 5.`],
      [{ heartbeat_s: 60.5 }, `${heartbeat} 60.5.`],
      [{ heartbeat_s: 86_401 }, `${heartbeat} 86401.`],
      [{ heartbeat_s: "canary" }, `${heartbeat} text.`],
      [{ heartbeat_s: [60] }, `${heartbeat} a list.`],
      [{ auto_disable_after_s: 59 }, `${disable}, or "default", not 59.`],
      [{ auto_disable_after_s: "never" }, `${disable}, or "default", not text.`],
      [{ order: "floor" }, 'order must be one of none, subject, not "floor".'],
      [{ mode: 1 }, "mode must be one of all, latest, not 1."],
      [{ repeat_minutes: 6 }, "repeat_minutes must be one of 0, 5, not 6."],
      [{ signatures: "ed25519" }, "signatures must be a list, not text."],
      [{ send_on_value_change: "yes" }, "send_on_value_change must be true or false, not text."],
      [{ timeout_s: 16 }, "timeout_s must be at most 15, not 16."],
      [{ retry_delays_s: Array(21).fill(5) }, "retry_delays_s must have at most 20 entries."],
      [{ retry_delays_s: [0] }, "retry_delays_s[0] must be at least 1, not 0."],
      [{ max_in_flight: 1.5 }, "max_in_flight must be a whole number, not 1.5."],
      [{ rate_limit: 5 }, "rate_limit must be a JSON object, not 5."],
      [{ rate_limit: {} }, "rate_limit.per_second is missing."],
      [{ headers: { "x-a": 1 } }, "headers.x-a must be text, not 1."],
      [{ headers: [] }, "headers must be a JSON object, not a list."],
      [{ api_key: "canary" }, "api_key must be a JSON object, not text."],
      [
        { client_certificate: { certificate: "", private_key: "k" } },
        "client_certificate.certificate must not be empty.",
      ],
      [{ types: [5] }, "types[0] must be the name of an event type, or an object with its type and a resource, not 5."],
      [{ types: [{ type: "call.create" }] }, "types[0].resource is missing."],
      [{ colour: "red" }, "colour is not known here: leave it out."],
    ];
    for (const [body, detail] of told) {
      const answer = await patch(made.id, body);
      assert.deepEqual([answer.status, answer.body.code, answer.body.detail], [422, "INVALID", detail]);
      assert.ok(!answer.text.includes("canary"), "no text of a setting is told: it may be a secret");
    }
    const scope = await post({ ...doors, scope: { kind: "tower", id: "x" } });
    assert.match(scope.body.detail, /^scope must be \{"kind": "organization"\}, or .*, not a JSON object\.$/);
    const without = await post({ ...doors, scope: { kind: "building" } });
    assert.equal(without.body.detail, "scope.id is missing.");
    assert.equal((await ask(house, `DELETE /v1/subscriptions/${made.id}`, { key })).status, 204);
  });

  test("an integration is made for a building or a tenant, of all doors or of one", async () => {
    const { status, body, text } = await post(doors);
    assert.equal(status, 201, text);
    assert.match(body.id, /^\d+$/);
    assert.deepEqual(body.bindings, [
      { type: "access_log.create", variant: 2, resource: null },
      { type: "access_log.create", variant: 1, resource: "door_a" },
    ]);
    const tenant = await keyFor(house, "tenant", "org_a", "tenant_a");
    const own = await post({ ...doors, scope: { kind: "tenant", id: "tenant_a" }, types: ["call.create"] }, tenant);
    assert.equal(own.status, 201, own.text);
    assert.deepEqual(own.body.scope, { kind: "tenant", id: "tenant_a" });
  });

  test("nobody makes one for somebody else", async () => {
    const tenant = await keyFor(house, "tenant", "org_a", "tenant_a");
    assert.equal((await post(doors, tenant)).status, 404);
    assert.equal((await post(hook, tenant)).status, 404);
    assert.equal((await post({ ...doors, scope: { kind: "building", id: "building_b" } })).status, 404);
    assert.equal((await post({ ...hook, organization: "org_b" })).status, 404);
    assert.equal((await post(hook, await keyFor(house, "viewer", "org_a"))).status, 403);
    const unnamed = await post(hook, await keyFor(house, "operator"));
    assert.equal(unnamed.body.code, "ORGANIZATION_REQUIRED");
  });

  test("every fault stands beside its field, and nothing is stored", async () => {
    const count = async () => (await ask(house, "GET /v1/subscriptions?limit=100", { key })).body.data.length;
    const before = await count();
    const wrong = await post({
      ...hook,
      url: "http://plain.example.test",
      basic_auth: { username: "a:b", password: "x" },
      retry_delays_s: Array(20).fill(86_400),
      secrecy: true,
    });
    assert.deepEqual(paths(wrong), ["basic_auth.username", "secrecy", "url", "retry_delays_s"]);
    assert.deepEqual(paths(await post({ ...hook, timeout_s: 16, max_in_flight: 65 })), ["timeout_s", "max_in_flight"]);
    assert.deepEqual(paths(await post({ ...hook, types: ["TRAFIC", "access_log.create"] })), ["types[0]", "types[1]"]);
    assert.deepEqual(paths(await post({ ...hook, types: ["TRAFFIC"], filters: { rooms: [] } })), ["filters.rooms"]);
    assert.deepEqual(paths(await post({ ...hook, types: [] })), ["types"]);
    assert.deepEqual(paths(await post({ ...hook, name: undefined })), ["name"]);
    assert.deepEqual(paths(await post({ ...hook, scope: { kind: "building", id: "building_a" } })), ["scope"]);
    const both = { ...hook, types: ["TRAFFIC"], api_key: { name: "x-a", value: "1" }, headers: { "X-A": "2" } };
    assert.deepEqual(paths(await post(both)), ["headers"]);
    const odd = { ...doors, filters: { room_ids: ["room_a"] }, api_key: { name: "x", value: "y" } };
    assert.deepEqual(paths(await post(odd)), ["api_key"]);
    assert.deepEqual(paths(await post({ ...odd, api_key: undefined })), ["filters"]);
    const foreign = await post({ ...doors, types: [{ type: "call.create", resource: "door_a" }] });
    assert.deepEqual(paths(foreign), ["types[0].resource"]);
    assert.equal(await count(), before);
  });

  test("an organization takes a type of Butlr once, and a building has so many integrations", async () => {
    const again = await post(hook);
    assert.equal(again.status, 409);
    assert.equal(again.body.code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
    assert.match(again.body.problems[0].message, /ROOM_OCCUPANCY: webhook_\w+ \("rooms"\) holds it/);
    for (const _ of [2, 3]) assert.equal((await post(doors)).status, 201);
    assert.deepEqual(paths(await post(doors)), ["scope"]);
  });

  test("PATCH changes name, types and filters, and neither wakes nor renews anything", async () => {
    const made = (await post({ ...hook, name: "floors", types: ["FLOOR_OCCUPANCY"] })).body;
    await ask(house, `POST /v1/subscriptions/${made.id}/disable`, { key });
    const { status, body, text } = await patch(made.id, {
      name: "floors and zones",
      types: ["FLOOR_OCCUPANCY", "ZONE_OCCUPANCY"],
      filters: { building_ids: ["building_a"] },
    });
    assert.equal(status, 200, text);
    assert.equal(body.state, "disabled");
    assert.equal(body.name, "floors and zones");
    assert.deepEqual(
      body.bindings.map(({ type }: { type: string }) => type),
      ["FLOOR_OCCUPANCY", "ZONE_OCCUPANCY"],
    );
    assert.deepEqual(body.filters, { building_ids: ["building_a"] });
    assert.equal(body.signing_secret, undefined);
    assert.equal((await patch(made.id, { filters: null })).body.filters, null);
    assert.equal((await patch(made.id, { types: ["ROOM_OCCUPANCY"] })).status, 409);
  });

  test("a URL of another origin gets a new secret and inherits none; the same origin keeps them", async () => {
    const made = (
      await post({
        ...hook,
        name: "motion",
        types: ["PIR_MOTION"],
        api_key: { name: "x-api-key", value: "canary" },
        headers: { "x-more": "canary" },
      })
    ).body;
    const near = (await patch(made.id, { url: "https://hooks.example.test/other" })).body;
    assert.equal(near.signing_secret, undefined);
    assert.equal(near.endpoint.has_api_key, true);
    const far = (await patch(made.id, { url: "https://elsewhere.example.test/" })).body;
    assert.match(far.signing_secret, /^whsec_/);
    assert.notEqual(far.signing_secret, made.signing_secret);
    assert.equal(far.endpoint.has_api_key, false);
    assert.deepEqual(far.endpoint.header_names, []);
    const back = { url: hook.url, api_key: { name: "x-key", value: "new" } };
    assert.equal((await patch(made.id, back)).body.endpoint.api_key_header, "x-key");
  });

  test("an integration that takes doors that did not open goes on doing so with other types", async () => {
    const { body } = await ask(house, "GET /v1/subscriptions?dialect=butterflymx", { key });
    const { id } = body.data.find(({ scope }: { scope: { kind: string } }) => scope.kind === "building");
    await patch(id, { include_locked: true });
    const changed = (await patch(id, { types: ["access_log.create", "call.create"] })).body;
    assert.deepEqual(
      changed.bindings.map(({ type }: { type: string }) => type),
      ["access_log.create", "access_log.other", "call.create"],
    );
  });

  test("the audit names what was set and no value", async () => {
    const { text, body } = await ask(house, "GET /v1/audit", { key: await keyFor(house, "operator") });
    assert.ok(!text.includes("canary"));
    const created = body.data.filter(({ action }: { action: string }) => action === "subscription.create");
    assert.deepEqual(created.at(-1).detail, { dialect: "butlr", name: "rooms", types: ["ROOM_OCCUPANCY"] });
  });
});
