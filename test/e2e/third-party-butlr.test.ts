// What Butlr's documents leave to the reader, on a running server: payloads key by key where something is not known,
// requests in every spelling that clients use, and answers to wrong ones.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { getIntrospectionQuery } from "graphql";
import { createWebhooks, deleteWebhooks, listWebhooks, updateWebhooks } from "../dialects/butlr/operations.ts";
import type { HttpsReceiver } from "../fixtures/https-receiver.ts";
import { call, makePlace, type Server, serve, startReceiver } from "./harness.ts";
import { building, keyFor, moments, organization, put } from "./third-party-client.ts";

let server: Server;
let receiver: HttpsReceiver;
let keys: Awaited<ReturnType<typeof keyFor>>;
let token: string;
const next = moments();

before(async () => {
  server = await serve(makePlace());
  receiver = await startReceiver();
  await put(server);
  keys = await keyFor(server, "organization", organization);
  const { client_id, client_secret } = keys;
  token = (await login({ client_id, client_secret })).body.access_token as string;
});
const login = (more: object) =>
  call(`${server.url}/api/v2/clients/login`, {
    body: { audience: "https://butlrauth/", grant_type: "client_credentials", ...more },
  });

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely
async function graphql(query: string, variables?: unknown, more: object = {}, key = token): Promise<any> {
  return (await call(`${server.url}/api/v3/graphql`, { key, body: { query, variables, ...more } })).body;
}

const endpoint = (more: object = {}) => ({ url: `${receiver.url}/hook`, http_timeout: 5, ...more });
const webhook = (event_types: readonly string[], more: object = {}) => ({
  name: "w",
  event_types,
  endpoint_config: endpoint(more),
});
const codes = (answer: { errors: { extensions: { code: string } }[] }) =>
  answer.errors.map(({ extensions }) => extensions.code);
const problems = (answer: { errors: { extensions: { problems: { path: string; code: string }[] } }[] }) =>
  answer.errors[0]!.extensions.problems.map(({ path, code }) => `${path} ${code}`);
const clear = async () => {
  const { data } = await graphql(listWebhooks);
  const input = (data.webhooks as { id: string }[]).map(({ id }) => id);
  assert.deepEqual(await graphql(deleteWebhooks, { input }), { data: { deleteWebhooks: true } });
};

const place = { org_id: organization, site_id: "site_la", building_id: String(building), floor_id: "space_1" };
const names = {
  org_name: "Murphy Group",
  site_name: "Los Angeles",
  building_name: "Bergnaum Building",
  floor_name: "1st Floor",
};

describe("payloads", () => {
  interface Payload {
    id: string;
    type: string;
    timestamp: number;
    version: string;
    metadata: object;
    data?: unknown;
  }

  /** What follows from one observation: the payloads without their ids, in order of their types. */
  async function following(observations: object, count: number): Promise<Omit<Payload, "id">[]> {
    const seen = receiver.requests.length;
    const sent = await call(`${server.url}/v1/observations`, { key: keys.key, body: observations });
    const accepted = Array.isArray(observations) ? observations.length : 1;
    assert.deepEqual([sent.status, sent.body], [202, { accepted, duplicates: 0, rejected: [] }]);
    const payloads = (await receiver.waitFor(seen + count)).slice(seen).map(({ body }) => body.toString());
    return payloads
      .map((text) => {
        const payload = JSON.parse(text) as Payload;
        assert.equal(text, JSON.stringify(payload), "compact, and no key twice");
        assert.match(payload.id, /^event_[0-9A-Za-z]{27}$/);
        const { id: _, ...rest } = payload;
        return rest;
      })
      .toSorted((a, b) => (a.type < b.type ? -1 : 1));
  }

  /** Compared as text, so that the order of keys counts. */
  const same = (actual: unknown, expected: unknown) => assert.equal(JSON.stringify(actual), JSON.stringify(expected));
  const envelope = (type: string, timestamp: number, metadata: object, data?: unknown) => ({
    type,
    timestamp,
    version: "v1.0.0",
    metadata,
    data,
  });

  before(() =>
    graphql(createWebhooks, {
      input: [
        webhook([
          "DETECTIONS",
          "TRAFFIC",
          "FLOOR_OCCUPANCY",
          "ROOM_OCCUPANCY",
          "ZONE_OCCUPANCY",
          "PIR_MOTION",
          "PIR_NO_MOTION",
        ]),
      ],
    }),
  );
  after(clear);

  test("of a sensor whose place is known, by its MAC address in another spelling and a time in ISO 8601", async () => {
    const at = next();
    const got = await following(
      {
        kind: "detections",
        sensor: "00:17:0D:00:00:CC:BB:AA",
        at: new Date(at).toISOString(),
        local: [
          [0.5625, 0.125],
          [0.75, 0.5625],
        ],
      },
      4,
    );
    const room = { ...place, room_id: "room_named", floor_custom_id: "F-1", room_custom_id: "R-1" };
    same(got, [
      envelope(
        "DETECTIONS",
        at,
        {
          ...room,
          hive_id: "hive_1",
          sensor_id: "eye",
          ...names,
          room_name: "Cherry Falls",
          hive_serial: "21312f639defabc0",
          mac_address: "00-17-0d-00-00-cc-bb-aa",
          sensor_mode: "presence",
          sensor_model: "Heatic 2+",
          hive_model: "2.0",
          hive_version: "2.4.4",
        },
        {
          local: [
            [0.5625, 0.125],
            [0.75, 0.5625],
          ],
          world: (got[0]!.data as { world: unknown }).world,
        },
      ),
      envelope("FLOOR_OCCUPANCY", at, { ...place, floor_custom_id: "F-1", ...names }, 2),
      envelope("ROOM_OCCUPANCY", at, { ...room, ...names, room_name: "Cherry Falls" }, 2),
      envelope(
        "ZONE_OCCUPANCY",
        at,
        {
          ...place,
          room_id: "room_named",
          zone_id: "zone_desk",
          floor_custom_id: "F-1",
          room_custom_id: "R-1",
          zone_custom_id: "Z-1",
          ...names,
          room_name: "Cherry Falls",
          zone_name: "Desk 01",
        },
        1,
      ),
    ]);
    // The documented pair, from height and field of view in radians [domain.md §2.4].
    const { world } = got[0]!.data as { world: [number, number][] };
    for (const [index, [x, y]] of [
      [85.694195, 27.829299],
      [87.439295, 28.577199],
    ].entries()) {
      assert.ok(Math.abs(world[index]![0] - x!) < 1e-4 && Math.abs(world[index]![1] - y!) < 1e-4);
    }
  });

  test("of a sensor of which only the least is known: unknown where the key is always there, no key where it is not", async () => {
    const at = next();
    const got = await following({ kind: "detections", sensor: "bare", at, world: [] }, 3);
    same(got, [
      envelope(
        "DETECTIONS",
        at,
        {
          ...place,
          room_id: "room_bare",
          floor_custom_id: "F-1",
          hive_id: "unknown",
          sensor_id: "bare",
          ...names,
          room_name: "Elm Hill",
          hive_serial: "unknown",
          mac_address: "00-17-0d-00-00-cc-bb-ad",
          sensor_mode: "presence",
          sensor_model: "unknown",
          hive_model: "unknown",
          hive_version: "unknown",
        },
        { local: [], world: [] },
      ),
      envelope(
        "ROOM_OCCUPANCY",
        at,
        { ...place, room_id: "room_bare", floor_custom_id: "F-1", ...names, room_name: "Elm Hill" },
        0,
      ),
      envelope(
        "ZONE_OCCUPANCY",
        at,
        { ...place, zone_id: "zone_bare", floor_custom_id: "F-1", ...names, zone_name: "Corner" },
        0,
      ),
    ]);
  });

  test("of a door: what passed since the last report, or the step of running totals; nothing of nobody", async () => {
    const metadata = {
      ...place,
      floor_custom_id: "F-1",
      hive_id: "hive_bare",
      sensor_id: "door",
      ...names,
      hive_serial: "21312f639defabc1",
      mac_address: "00-17-0d-00-00-cc-bb-ab",
      sensor_mode: "traffic",
      sensor_model: "unknown",
      hive_model: "unknown",
      hive_version: "unknown",
    };
    const traffic = (more: object) => ({ kind: "traffic", sensor: "sensor_door", at: next(), ...more });
    const first = traffic({ in: 1, out: 2 });
    same(await following(first, 1), [envelope("TRAFFIC", first.at, metadata, { in: 1, out: 2 })]);
    await following(traffic({ in: 0, out: 0 }), 0);
    await following(traffic({ total_in: 100, total_out: 90 }), 0);
    const step = traffic({ total_in: 103, total_out: 90 });
    same(await following(step, 1), [envelope("TRAFFIC", step.at, metadata, { in: 3, out: 0 })]);
  });

  test("of motion: edges of the room, without data and without a sensor", async () => {
    const metadata = {
      ...place,
      room_id: "room_named",
      floor_custom_id: "F-1",
      room_custom_id: "R-1",
      ...names,
      room_name: "Cherry Falls",
    };
    const began = next() - 3_600_000;
    const motion = (seconds: number, more: object) => ({
      kind: "motion",
      sensor: "sensor_eye",
      at: began + seconds * 1_000,
      ...more,
    });
    const reports = [
      motion(0, { confidence: 0.9, motion: null }),
      motion(1, { motion: true }),
      motion(400, { motion: false }),
    ];
    same(await following(reports, 2), [
      envelope("PIR_MOTION", began, metadata),
      envelope("PIR_NO_MOTION", began + 301_000, metadata),
    ]);
  });
});

describe("management", () => {
  test("the tools' own introspection query works and shows the ten event types and our two", async () => {
    const { data, errors } = await graphql(getIntrospectionQuery(), undefined, { operationName: "IntrospectionQuery" });
    assert.equal(errors, undefined);
    const types = data.__schema.types as { name: string }[];
    for (const name of ["WebhookCreateInput", "WebhookUpdateInput", "EndpointConfigInput", "ApiKeyInput"])
      assert.ok(
        types.some((type) => type.name === name),
        name,
      );
    const { __type } = (await graphql('{ __type(name: "EventType") { enumValues { name } } }')).data;
    assert.equal(__type.enumValues.length, 12);
  });

  test("literals, fragments, aliases, operation names and single values for lists are understood", async () => {
    const { data } = await graphql(
      `fragment E on EndpointConfig { url http_timeout api_key { key value } basic_auth { username password } }
       query Other { webhooks { id } }
       mutation Make { made: createWebhooks(input: {name: "one", event_types: PIR_MOTION, filters: {room_ids: ["room_named"]},
         endpoint_config: {url: "${receiver.url}", http_timeout: 15, basic_auth: {username: "u", password: ""}}}) {
         __typename i: id event_types filters send_on_value_change endpoint_config { ...E } } }`,
      null,
      { operationName: "Make" },
    );
    const [{ i, ...made }] = data.made;
    assert.match(i, /^webhook_[0-9A-Za-z]{27}$/);
    assert.deepEqual(made, {
      __typename: "Webhook",
      event_types: ["PIR_MOTION"],
      filters: { room_ids: ["room_named"] },
      send_on_value_change: false,
      endpoint_config: {
        url: receiver.url,
        http_timeout: 15,
        api_key: null,
        basic_auth: { username: "u", password: "" },
      },
    });
    await clear();
  });

  test("in updates absent keeps and null removes, also inside endpoint_config", async () => {
    const secret = { api_key: { key: "x-api-key", value: "v" }, basic_auth: { username: "u", password: "p" } };
    const created = await graphql(createWebhooks, {
      input: [{ ...webhook(["TRAFFIC"], secret), filters: { floor_ids: ["space_1"] }, send_on_value_change: true }],
    });
    const [{ id }] = created.data.createWebhooks;
    const update = async (changes: object) => {
      const query = updateWebhooks.replace("event_types", "event_types filters send_on_value_change");
      const answer = await graphql(query, { input: [{ id, ...changes }] });
      assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
      const { id: _, ...rest } = answer.data.updateWebhooks[0];
      return rest;
    };
    const stands = {
      name: "w",
      event_types: ["TRAFFIC"],
      filters: { floor_ids: ["space_1"] },
      send_on_value_change: true,
      endpoint_config: endpoint(secret),
    };
    assert.deepEqual(await update({ name: "renamed" }), { ...stands, name: "renamed" });
    assert.deepEqual(await update({ name: "w", endpoint_config: endpoint({ http_timeout: 1 }) }), {
      ...stands,
      endpoint_config: endpoint({ http_timeout: 1, ...secret }),
    });
    assert.deepEqual(await update({ endpoint_config: endpoint({ api_key: null }) }), {
      ...stands,
      endpoint_config: endpoint({ ...secret, api_key: null }),
    });
    assert.deepEqual(await update({ filters: null, event_types: ["TRAFFIC", "DETECTIONS"] }), {
      ...stands,
      event_types: ["TRAFFIC", "DETECTIONS"],
      filters: null,
      endpoint_config: endpoint({ ...secret, api_key: null }),
    });
    await clear();
  });

  test("a mutation with faults names them all and does nothing", async () => {
    const bad = await graphql(createWebhooks, {
      input: [
        webhook(["TRAFFIC"]),
        webhook(["DETECTIONS", "DETECTIONS"], { http_timeout: 16, url: "http://example.com" }),
        webhook([], { http_timeout: 0, url: "https://x.example/\\a" }),
      ],
    });
    assert.equal(bad.data.createWebhooks, null);
    assert.deepEqual(problems(bad).toSorted(), [
      "input[1].endpoint_config.http_timeout INVALID_TIMEOUT",
      "input[1].endpoint_config.url ADDRESS_NOT_ALLOWED",
      "input[1].event_types[1] DUPLICATE_EVENT_TYPE",
      "input[2].endpoint_config.http_timeout INVALID_TIMEOUT",
      "input[2].endpoint_config.url ADDRESS_NOT_ALLOWED",
      "input[2].event_types NO_EVENT_TYPE",
    ]);
    const twice = await graphql(createWebhooks, { input: [webhook(["TRAFFIC"]), webhook(["DETECTIONS", "TRAFFIC"])] });
    assert.deepEqual(problems(twice), ["input[1].event_types EVENT_TYPE_ALREADY_SUBSCRIBED"]);
    assert.deepEqual((await graphql(listWebhooks)).data.webhooks, []);
  });

  test("a type is subscribed once in the organization; its 1-minute sibling is another type", async () => {
    const first = await graphql(createWebhooks, { input: [webhook(["ROOM_OCCUPANCY"])] });
    const [{ id }] = first.data.createWebhooks;
    const again = await graphql(createWebhooks, { input: [webhook(["ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN"])] });
    assert.deepEqual(codes(again), ["EVENT_TYPE_ALREADY_SUBSCRIBED"]);
    assert.match(again.errors[0].message, new RegExp(id));
    const sibling = await graphql(createWebhooks, { input: [webhook(["ROOM_OCCUPANCY_1MIN"])] });
    assert.equal(sibling.errors, undefined);
    const mixed = await graphql(deleteWebhooks, { input: [id, "webhook_unknown"] });
    assert.deepEqual([mixed.data, codes(mixed)], [null, ["NOT_FOUND"]]);
    assert.equal((await graphql(listWebhooks)).data.webhooks.length, 2);
    await clear();
  });

  test("a viewer lists webhooks without what they authenticate with, and changes nothing", async () => {
    const secret = {
      api_key: { key: "x-api-key", value: "canary" },
      basic_auth: { username: "u", password: "canary" },
    };
    await graphql(createWebhooks, { input: [webhook(["TRAFFIC"], secret)] });
    const viewer = (await keyFor(server, "viewer", organization)).key;
    const list = await graphql(listWebhooks, undefined, {}, viewer);
    const url = `${receiver.url}/…`;
    assert.deepEqual(list.data.webhooks[0].endpoint_config, endpoint({ url, api_key: null, basic_auth: null }));
    assert.deepEqual(codes(list), ["FORBIDDEN", "FORBIDDEN"]);
    assert.ok(!JSON.stringify(list).includes("canary"));
    const made = await graphql(createWebhooks, { input: [webhook(["DETECTIONS"])] }, {}, viewer);
    assert.deepEqual(codes(made), ["FORBIDDEN"]);
    await clear();
  });
});

describe("signing in", () => {
  test("is answered in the documented form, and refused in the form of its identity provider", async () => {
    const { client_id, client_secret } = keys;
    const good = await login({ client_id, client_secret });
    assert.deepEqual(Object.keys(good.body), ["access_token", "scope", "expires_in", "token_type"]);
    assert.deepEqual([good.status, good.body.token_type, good.body.expires_in], [200, "Bearer", 86_400]);
    for (const wrong of [
      { client_id, client_secret: "x" },
      { client_id: "client_x", client_secret },
    ]) {
      const refused = await login(wrong);
      assert.deepEqual([refused.status, refused.body.error], [401, "access_denied"]);
    }
    assert.equal((await login({ client_id })).status, 400);
    assert.equal((await login({ client_id, client_secret, grant_type: "password" })).status, 400);
  });

  test("a key works as a token, and what is neither is 401 UNAUTHENTICATED", async () => {
    assert.deepEqual(await graphql("{ webhooks { id } }", undefined, {}, keys.key), { data: { webhooks: [] } });
    for (const key of [`${token.slice(0, -2)}xx`, "garbage", `${keys.key}x`]) {
      const answer = await call(`${server.url}/api/v3/graphql`, { key, body: { query: "{ __typename }" } });
      assert.deepEqual([answer.status, codes(answer.body)], [401, ["UNAUTHENTICATED"]]);
      assert.match(String(answer.headers.get("content-type")), /^application\/json/);
    }
  });
});
