// The fixed outer surface on a running server: what it prints and leaves behind, the way in in all its forms, retries
// and resends as a receiver sees them, and what the operator API tells about them.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { createWebhooks, deleteWebhooks } from "../dialects/butlr/operations.ts";
import type { HttpsReceiver, Received } from "../fixtures/https-receiver.ts";
import { belfry, call, createKey, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";
import { keyFor, model, moments, organization, put } from "./third-party-client.ts";

let server: Server;
let receiver: HttpsReceiver;
let key: string;
const next = moments();

before(async () => {
  server = await serve(makePlace());
  receiver = await startReceiver();
  await put(server);
  ({ key } = await keyFor(server, "organization", organization));
});

const operator = (path: string, options: Parameters<typeof call>[1] = {}) =>
  call(`${server.url}/v1/${path}`, { key: server.key, ...options });
const traffic = (more: object = {}) => ({ kind: "traffic", sensor: "sensor_door", at: next(), in: 1, out: 0, ...more });
const event = (id: string, more: object = {}) => ({
  id,
  type: "TRAFFIC",
  timestamp: 1727735832000,
  version: "v1.0.0",
  metadata: { org_id: organization, sensor_id: "door" },
  data: { in: 0, out: 1 },
  ...more,
});

async function subscribe(types: readonly string[], path: string): Promise<{ id: string; secret: string }> {
  const { body } = await call(`${server.url}/api/v3/graphql`, {
    key,
    body: {
      query: createWebhooks.replace("id\n", "id signing_secret\n"),
      variables: {
        input: [{ name: "w", event_types: types, endpoint_config: { url: `${receiver.url}${path}`, http_timeout: 5 } }],
      },
    },
  });
  assert.equal(body.errors, undefined, JSON.stringify(body.errors));
  const [{ id, signing_secret }] = body.data.createWebhooks;
  return { id, secret: signing_secret };
}

async function unsubscribe(id: string): Promise<void> {
  const body = { query: deleteWebhooks, variables: { input: [id] } };
  assert.equal((await call(`${server.url}/api/v3/graphql`, { key, body })).body.data.deleteWebhooks, true);
}

const at = (path: string): Received[] => receiver.requests.filter((each) => each.path === path);

/** Asks until the answer fits. */
async function eventually<Found>(ask: () => Promise<Found>, fits: (found: Found) => boolean): Promise<Found> {
  for (;;) {
    const found = await ask();
    if (fits(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the process", () => {
  test("prints one line when it is ready, leaves its address and a private key, and logs to stderr", async () => {
    const place = makePlace();
    const data = join(place, "made", "for", "it");
    const one = await serve(data, { BELFRY_LOG_LEVEL: "debug" });
    let more = "";
    one.process.stdout!.on("data", (text: Buffer) => (more += text.toString()));
    assert.equal(statSync(join(data, "operator.key")).mode & 0o777, 0o600);
    assert.equal(statSync(join(data, "master.key")).mode & 0o777, 0o600);
    const left = JSON.parse(readFileSync(join(data, "server.json"), "utf8")) as Record<string, unknown>;
    assert.deepEqual(Object.keys(left), ["url", "nonce"]);
    assert.equal(left["url"], one.url);
    assert.equal(statSync(join(data, "server.json")).mode & 0o777, 0o600);
    assert.match(one.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(one.errors().includes(one.key));
    assert.equal((await call(`${one.url}/v1/subscriptions`, { key: one.key })).status, 200);
    await stop(one);
    assert.equal(more, "");
    const again = await serve(data);
    assert.equal(again.key, one.key);
    assert.ok(!again.errors().includes(one.key), "shown once");
    await stop(again);
  });

  test("makes a key of every role on the command line, for what there is", async () => {
    const { client_id, client_secret, key: made, ...more } = await createKey(server, "tenant", "1001");
    assert.deepEqual(more, {});
    assert.ok(client_id.length > 0 && client_secret.length > 0 && made.length > 0);
    const create = (...args: string[]) => belfry(["keys", "create", "--url", server.url, "--key", server.key, ...args]);
    assert.equal((await create("--role", "viewer", "--for", "org_made_in_passing")).code, 0);
    const refused = await create("--role", "building", "--for", "building_nowhere");
    assert.notEqual(refused.code, 0);
    assert.equal(refused.stdout, "");
    const { body } = await operator("organizations");
    assert.ok((body.data as { id: string }[]).some(({ id }) => id === "org_made_in_passing"));
  });
});

describe("the way in", () => {
  const send = (path: string, options: Parameters<typeof call>[1]) =>
    call(`${server.url}/v1/${path}`, { key, ...options });

  test("takes an object, an array and lines, and answers what became of each", async () => {
    const lines = (...items: unknown[]) => items.map((item) => JSON.stringify(item)).join("\n");
    for (const [options, accepted] of [
      [{ body: traffic() }, 1],
      [{ body: [traffic(), traffic({ at: new Date(next()).toISOString(), id: 4711 })] }, 2],
      [{ text: `${lines(traffic(), traffic())}\r\n\n`, type: "application/x-ndjson" }, 2],
      [{ text: lines(traffic(), traffic(), traffic()) }, 3],
    ] as const) {
      const answer = await send("observations", options);
      assert.deepEqual([answer.status, answer.body], [202, { accepted, duplicates: 0, rejected: [] }]);
    }
    const again = traffic({ id: "again" });
    const mixed = await send("observations", { body: [again, again, { ...again, in: 2 }, { kind: "rain" }, 5] });
    assert.deepEqual([mixed.status, mixed.body.accepted, mixed.body.duplicates], [202, 1, 1]);
    for (const { message } of mixed.body.rejected) assert.ok(message.length > 0);
    assert.deepEqual(
      (mixed.body.rejected as { index: number; code: string }[]).map(({ index, code }) => [index, code]),
      [
        [2, "ID_REUSED"],
        [3, "UNKNOWN_KIND"],
        [4, "INVALID"],
      ],
    );
    const none = await send("observations", { body: [{ ...again, in: 3 }] });
    assert.deepEqual([none.status, none.body.accepted, none.body.rejected.length], [422, 0, 1]);
  });

  test("refuses whole what cannot be read, is too large, or is not its sender's to say", async () => {
    for (const [status, options] of [
      [400, { text: "{" }],
      [400, { text: "" }],
      [415, { text: "{}", type: "text/plain" }],
      [413, { text: `[${" ".repeat(6 * 1024 * 1024)}]` }],
      [401, { body: traffic(), key: "nonsense" }],
      [403, { body: traffic(), key: (await keyFor(server, "viewer", organization)).key }],
      [403, { body: traffic(), key: (await keyFor(server, "building", 577696272)).key }],
    ] as const) {
      const answer = await send("observations", options);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("content-type"), "application/problem+json; charset=utf-8");
      assert.equal(answer.body.status, status);
    }
    assert.equal((await send("events", { body: event("e-0") })).status, 400, "no dialect");
  });

  test("takes ready-made events of an organization without a model, for those who may speak for it", async () => {
    const foreign = event("event_foreign", { metadata: { org_id: "org_unknown" } });
    const refused = await send("events?dialect=butlr", { body: foreign });
    assert.deepEqual([refused.status, refused.body.rejected[0].code], [422, "UNKNOWN_ORGANIZATION"]);
    const kept = await send("events?dialect=butlr", { body: foreign, key: server.key });
    assert.deepEqual([kept.status, kept.body.accepted], [202, 1]);
    const stored = await operator("events?organization=org_unknown");
    assert.deepEqual(JSON.parse(stored.body.data[0].body), foreign);
    const same = await send("events?dialect=butlr", { body: [foreign], key: server.key });
    assert.deepEqual(same.body, { accepted: 0, duplicates: 1, rejected: [] });
  });

  test("keeps every byte of a ready-made event", async () => {
    const { id } = await subscribe(["FLOOR_OCCUPANCY_1MIN"], "/bytes");
    const text = (name: string) =>
      `{ "id":"${name}","type" : "FLOOR_OCCUPANCY_1MIN","timestamp":1727735832000,"version":"v1.0.0",` +
      `"metadata":{"org_id":"${organization}","floor_id":"s","n":1.0,"note":"\\u00e9\\/é"}, "data": 25.0 ,"x":[1e2] }`;
    await send("events?dialect=butlr", { text: ` [${text("a")} ,\n${text("b")}]` });
    await eventually(
      async () => at("/bytes"),
      ({ length }) => length === 2,
    );
    assert.deepEqual(
      at("/bytes")
        .map(({ body }) => body.toString())
        .toSorted(),
      [text("a"), text("b")],
    );
    await unsubscribe(id);
  });
});

describe("a delivery", () => {
  test("is retried under the same id, signed with old and new secret, logged, resent, and cancelled with its webhook", async () => {
    const { id, secret } = await subscribe(["TRAFFIC"], "/retried");
    let answers = 0;
    receiver.answer(() => ({ status: answers++ === 0 ? 500 : 204, body: answers === 1 ? "later" : "" }));
    await call(`${server.url}/v1/events?dialect=butlr`, { key, body: event("event_retried") });
    const list = async (query: string) => (await operator(`deliveries?subscription=${id}${query}`)).body.data;
    const [pending] = await eventually(
      () => list("&state=pending"),
      ([first]) => first?.last_attempt !== null,
    );
    assert.deepEqual([pending.event, pending.attempt_count, pending.last_attempt.status], ["event_retried", 1, 500]);
    const { started_at, duration_ms, response } = pending.last_attempt;
    assert.equal(response, "later");
    const delay = Date.parse(pending.due) - Date.parse(started_at) - duration_ms;
    assert.ok(delay >= 3_990 && delay <= 6_010, `5 s ± 20 %, not ${delay}`);

    const rotate = (more: object) => operator(`subscriptions/${id}/signing-secret/rotate`, { method: "POST", ...more });
    const { signing_secret } = (await rotate({ body: { overlap_s: 600 } })).body;
    const revealed = await operator(`subscriptions/${id}/signing-secret/reveal`, { method: "POST" });
    assert.equal(revealed.body.signing_secret, signing_secret);

    await eventually(
      async () => at("/retried"),
      ({ length }) => length === 2,
    );
    const [done] = await eventually(
      () => list("&state=delivered"),
      ({ length }) => length === 1,
    );
    const resent = await operator(`deliveries/${done.id}/resend`, { method: "POST" });
    assert.equal(resent.status, 202);
    const [first, second, third] = await eventually(
      async () => at("/retried"),
      ({ length }) => length === 3,
    );

    const common = ["host", "content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"];
    for (const [request, attempt, delivery, secrets] of [
      [first!, "1", done.id, [secret]],
      [second!, "2", done.id, [secret, signing_secret]],
      [third!, "1", resent.body.id, [secret, signing_secret]],
    ] as const) {
      const { headers, rawHeaders, body } = request;
      assert.deepEqual(
        rawHeaders.filter((_, index) => index % 2 === 0),
        [...common, "belfry-attempt", "belfry-delivery", "belfry-sequence", "content-length"],
      );
      assert.equal(headers["content-type"], "application/json");
      assert.match(String(headers["user-agent"]), /^Belfry\/\d+\.\d+\.\d+/);
      assert.deepEqual(
        [headers["webhook-id"], headers["belfry-attempt"], headers["belfry-delivery"]],
        ["event_retried", attempt, delivery],
      );
      assert.equal(body.toString(), JSON.stringify(event("event_retried")));
      for (const one of secrets) new Webhook(one).verify(body.toString(), headers as Record<string, string>);
    }

    const log = await operator(`deliveries/${done.id}`);
    assert.deepEqual(
      (log.body.attempts as { attempt: number; code: string; status: number }[]).map((each) => [
        each.attempt,
        each.code,
        each.status,
      ]),
      [
        [1, "http_error", 500],
        [2, "delivered", 204],
      ],
    );
    assert.deepEqual(await list(`&since=${Date.now() + 60_000}`), []);
    assert.equal((await list(`&since=${new Date(Date.now() - 600_000).toISOString()}`)).length, 2);

    receiver.answer({ status: 503 });
    await call(`${server.url}/v1/events?dialect=butlr`, { key, body: event("event_doomed") });
    await eventually(
      () => list("&state=pending"),
      ([last]) => last !== undefined && last.last_attempt !== null,
    );
    await unsubscribe(id);
    const [gone] = await eventually(
      () => list("&state=cancelled"),
      ({ length }) => length === 1,
    );
    assert.equal(gone.event, "event_doomed");
    receiver.answer({});
    const audit = (await operator("audit")).body.data as { action: string; object: string }[];
    for (const action of ["create", "delete"].map((verb) => `subscription.${verb}`))
      assert.ok(
        audit.some((entry) => entry.action === action && entry.object === id),
        action,
      );
    for (const action of ["reveal", "rotate"].map((verb) => `signing_secret.${verb}`))
      assert.ok(
        audit.some((entry) => entry.action === action && entry.object === id),
        action,
      );
  });
});

describe("the building model", () => {
  test("is put and put again the same, and a faulty one is refused with every fault named", async () => {
    const first = await operator(`building-model?organization=${organization}`);
    const again = await operator("building-model", { method: "PUT", body: model() });
    assert.deepEqual([again.status, again.body], [200, first.body]);
    const back = await operator("building-model", { method: "PUT", body: first.body });
    assert.deepEqual([back.status, back.body], [200, first.body], "what is given back can be put");

    const faulty = {
      organization: { id: "org_faulty" },
      sites: [
        {
          id: "site",
          name: "Site",
          timezone: "Mars/Phobos",
          buildings: [
            {
              id: "building",
              name: "Building",
              floors: [
                {
                  id: "floor",
                  name: "Floor",
                  rooms: [{ id: "room" }, { id: "room", name: "Twin" }],
                  hives: [{ id: "hive" }],
                  sensors: [
                    { id: "one", mode: "presence" },
                    { id: "two", mac_address: "zz", mode: "radar", room_id: "nowhere", hive_id: "nowhere" },
                  ],
                },
              ],
              tenants: [{ id: "tenant" }],
              access_points: [{ id: "door", name: "Door", device_ids: ["nothing"] }],
            },
          ],
        },
      ],
    };
    const refused = await operator("building-model", { method: "PUT", body: faulty });
    assert.deepEqual([refused.status, refused.body.code], [422, "INVALID_MODEL"]);
    const floor = "sites[0].buildings[0].floors[0]";
    assert.deepEqual(
      (refused.body.problems as { path: string; code: string }[]).map(({ path, code }) => `${path} ${code}`).toSorted(),
      [
        "organization.name REQUIRED",
        "sites[0].buildings[0].access_points[0].device_ids[0] UNKNOWN_REFERENCE",
        `${floor}.hives[0].serialNumber REQUIRED`,
        `${floor}.rooms[0].name REQUIRED`,
        `${floor}.rooms[1].id DUPLICATE_ID`,
        `${floor}.sensors[0].mac_address REQUIRED`,
        `${floor}.sensors[1].hive_id UNKNOWN_REFERENCE`,
        `${floor}.sensors[1].mac_address INVALID_MAC`,
        `${floor}.sensors[1].mode WRONG_VALUE`,
        `${floor}.sensors[1].room_id UNKNOWN_REFERENCE`,
        "sites[0].buildings[0].tenants[0].unit_id REQUIRED",
        "sites[0].timezone UNKNOWN_TIME_ZONE",
      ].toSorted(),
    );
    assert.equal((await operator("building-model?organization=org_faulty")).status, 404);
    assert.equal((await operator("building-model")).status, 400, "several organizations");
    const own = await call(`${server.url}/v1/building-model`, { key });
    assert.deepEqual(own.body, first.body);
  });
});
