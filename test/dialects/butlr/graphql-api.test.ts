import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { request } from "undici";
import { maskedUrl } from "../../../src/model/subscription.ts";
import { changeOrganization } from "../../../src/store/change-organization.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import { accept, event, owed } from "../../contract/samples.ts";
import { type Answer, type Door, openDoor } from "./api-harness.ts";
import { createWebhooks, deleteWebhooks, listWebhooks, updateWebhooks } from "./operations.ts";

interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly event_types: readonly string[];
  readonly endpoint_config: Record<string, unknown>;
  readonly [field: string]: unknown;
}

const endpoint_config = {
  url: "https://example.com/hooks?token=1",
  http_timeout: 10,
  api_key: { key: "x-api-key", value: "key-value" },
  basic_auth: { username: "user", password: "pass:word" },
};

const rooms = { name: "rooms", event_types: ["ROOM_OCCUPANCY_1MIN", "PIR_MOTION", "PIR_NO_MOTION"], endpoint_config };
const doors = {
  name: "doors",
  event_types: ["TRAFFIC"],
  endpoint_config: { url: "https://example.org", http_timeout: 1 },
};

const everything = `id name event_types filters send_on_value_change signing_secret signing_public_key state disabled_reason
  endpoint_config { url http_timeout api_key { key value } basic_auth { username password } }`;
const create = `mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { ${everything} } }`;
const update = `mutation($input: [WebhookUpdateInput!]!) { updateWebhooks(input: $input) { ${everything} } }`;
const list = `{ webhooks { ${everything} } }`;

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(async () => {
  await door.close();
});

const webhooksOf = (answer: Answer, field = "webhooks"): readonly Webhook[] => {
  assert.deepEqual(answer.errors, []);
  return answer.data?.[field] as readonly Webhook[];
};

const created = async (...input: readonly object[]) =>
  webhooksOf(await door.run("manager", create, { input }), "createWebhooks");

async function stored(): Promise<readonly Subscription[]> {
  return (await door.store.registry.snapshot("org_1"))!.subscriptions;
}

function onlyCode(answer: Answer): string {
  assert.equal(answer.errors.length, 1, answer.text);
  return answer.errors[0]!.extensions.code;
}

describe("the documented operations", () => {
  test("run verbatim and give back what was sent", async () => {
    const made = webhooksOf(await door.run("manager", createWebhooks, { input: [rooms, doors] }), "createWebhooks");
    const without = { ...doors, endpoint_config: { ...doors.endpoint_config, api_key: null, basic_auth: null } };
    assert.deepEqual(made, [
      { id: made[0]!.id, ...rooms },
      { id: made[1]!.id, ...without },
    ]);
    for (const { id } of made) assert.match(id, /^webhook_[0-9A-Za-z]{27}$/);

    assert.deepEqual(webhooksOf(await door.run("manager", listWebhooks)), made);

    const input = [{ id: made[1]!.id, name: "entrances", event_types: ["TRAFFIC", "DETECTIONS"] }];
    const changed = webhooksOf(await door.run("manager", updateWebhooks, { input }), "updateWebhooks");
    assert.deepEqual(changed, [{ ...made[1]!, ...input[0] }]);

    const gone = await door.run("manager", deleteWebhooks, { input: made.map(({ id }) => id) });
    assert.equal(gone.text, '{"data":{"deleteWebhooks":true}}');
    assert.deepEqual(webhooksOf(await door.run("manager", listWebhooks)), []);
  });

  test("run over a real socket, from signing in to the list", async () => {
    const base = await door.server.listen({ host: "127.0.0.1", port: 0 });
    const json = { "content-type": "application/json" };
    const login = await request(`${base}/api/v2/clients/login`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({
        client_id: "manager",
        client_secret: "secret",
        audience: "https://butlrauth/",
        grant_type: "client_credentials",
      }),
    });
    const { access_token } = (await login.body.json()) as { access_token: string };
    const call = async (query: string, variables?: object) => {
      const headers = { ...json, authorization: `Bearer ${access_token}` };
      const body = JSON.stringify({ query, variables });
      const response = await request(`${base}/api/v3/graphql`, { method: "POST", headers, body });
      assert.match(String(response.headers["content-type"]), /^application\/json/);
      return (await response.body.json()) as { data: Record<string, readonly Webhook[]> };
    };
    await call(createWebhooks, { input: [rooms] });
    const { data } = await call(listWebhooks);
    assert.deepEqual(
      data["webhooks"]!.map(({ name }) => name),
      ["rooms"],
    );
  });
});

describe("webhooks", () => {
  test("carry our additions beside the documented fields", async () => {
    const filters = { mac_addresses: ["00:17:0D:00:00:CC:BB:AA"], floor_ids: ["space_1"] };
    const [made] = await created({ ...rooms, filters, send_on_value_change: true });
    assert.deepEqual(made!["filters"], filters);
    assert.equal(made!["send_on_value_change"], true);
    assert.match(String(made!["signing_secret"]), /^whsec_/);
    assert.deepEqual([made!["state"], made!["disabled_reason"]], ["ACTIVE", null]);
    const [kept] = await stored();
    assert.deepEqual(kept!.filters, { floor_ids: ["space_1"], mac_addresses: ["00-17-0d-00-00-cc-bb-aa"] });
    assert.equal(kept!.signingSecrets[0]!.secret, made!["signing_secret"]);
  });

  test("show their signing secret when they are made and never again", async () => {
    const [made] = await created(rooms);
    const [listed] = webhooksOf(await door.run("manager", list));
    assert.deepEqual(listed, { ...made, signing_secret: null });
    const answer = await door.run("manager", update, { input: [{ id: made!.id }] });
    assert.equal(webhooksOf(answer, "updateWebhooks")[0]!["signing_secret"], null);
  });

  test("take the older names of the one-minute types and answer with the present ones", async () => {
    const older = ["FLOOR_OCCUPANCY_1M", "ROOM_OCCUPANCY_1M", "ZONE_OCCUPANCY_1M"];
    const [made] = await created({ ...rooms, event_types: older });
    assert.deepEqual(made!.event_types, ["FLOOR_OCCUPANCY_1MIN", "ROOM_OCCUPANCY_1MIN", "ZONE_OCCUPANCY_1MIN"]);
    const again = await door.run("manager", create, { input: [{ ...doors, event_types: ["ROOM_OCCUPANCY_1MIN"] }] });
    assert.equal(onlyCode(again), "EVENT_TYPE_ALREADY_SUBSCRIBED");
  });

  test("can be written out in the document instead of in variables", async () => {
    const literal = `mutation { createWebhooks(input: [{ name: "a", event_types: [TRAFFIC], filters: { zone_ids: ["z"] },
      endpoint_config: { url: "https://example.com", http_timeout: 15 } }]) { filters } }`;
    const [made] = webhooksOf(await door.run("manager", literal), "createWebhooks");
    assert.deepEqual(made!["filters"], { zone_ids: ["z"] });
  });

  test("lose in an update what is null and keep what is absent", async () => {
    const [made] = await created({ ...rooms, filters: { room_ids: ["r"] }, send_on_value_change: true });
    const input = [
      {
        id: made!.id,
        filters: null,
        endpoint_config: { url: "https://example.com/other", http_timeout: 2, api_key: null },
      },
    ];
    const [after] = webhooksOf(await door.run("manager", update, { input }), "updateWebhooks");
    assert.deepEqual(after, {
      ...made,
      filters: null,
      signing_secret: null,
      endpoint_config: {
        url: "https://example.com/other",
        http_timeout: 2,
        api_key: null,
        basic_auth: { username: "user", password: "pass:word" },
      },
    });
  });

  test("keep in an update what only the operator API sets of their lane", async () => {
    const [made] = await created(rooms);
    const rest = { rateLimit: { perSecond: 2, burst: 5 }, autoDisableMs: 3_600_000 };
    await changeOrganization(door.store.registry, "org_1", ({ subscriptions: [one] }) => ({
      put: [{ ...one!, lane: { ...one!.lane, ...rest } }],
      audit: [{ at: 0, actor: "key_test", action: "subscription.rate_limit", object: one!.id, detail: null }],
      result: null,
    }));
    await door.run("manager", update, { input: [{ id: made!.id, concurrency: 3 }] });
    assert.deepEqual((await stored())[0]!.lane, { maxInFlight: 3, retryDelays: null, ...rest });
  });

  test("that go to another host come back with a new signing secret", async () => {
    const [made] = await created(rooms);
    const input = [{ id: made!.id, endpoint_config: { url: "https://example.net", http_timeout: 2 } }];
    const [after] = webhooksOf(await door.run("manager", update, { input }), "updateWebhooks");
    assert.match(String(after!["signing_secret"]), /^whsec_/);
    assert.notEqual(after!["signing_secret"], made!["signing_secret"]);
    assert.deepEqual(after!.endpoint_config, { ...input[0]!.endpoint_config, api_key: null, basic_auth: null });
    assert.equal((await stored())[0]!.signingSecrets.at(-1)!.secret, after!["signing_secret"]);
  });

  test("have a secret that can be rotated", async () => {
    const [made] = await created(rooms);
    const rotate = "mutation($id: ID!) { rotateWebhookSecret(id: $id, overlap_s: 60) { id signing_secret } }";
    const answer = await door.run("manager", rotate, { id: made!.id });
    const rotated = answer.data!["rotateWebhookSecret"] as Webhook;
    const secrets = (await stored())[0]!.signingSecrets;
    assert.deepEqual(
      secrets.map(({ secret, until }) => [secret, until !== null]),
      [
        [made!["signing_secret"], true],
        [rotated["signing_secret"], false],
      ],
    );
    assert.equal(onlyCode(await door.run("manager", rotate, { id: "webhook_none" })), "NOT_FOUND");
    const long = rotate.replace("60", "604801");
    assert.equal(onlyCode(await door.run("manager", long, { id: made!.id })), "INVALID");
    assert.equal(onlyCode(await door.run("viewer", rotate, { id: made!.id })), "FORBIDDEN");
  });

  test("say whose they are, since when, how they retry and what they were owed", async () => {
    const [made] = await created({ ...rooms, retry_policy: { delays_s: [1, 60] }, concurrency: 8 });
    const [one] = await stored();
    for (const id of ["event_a", "event_b", "event_c"]) {
      await accept(door.store, [event(id, { type: "ROOM_OCCUPANCY_1MIN", deliveries: [owed(one!.number)] })], "org_1");
    }
    const delivery = "{ id event_id event_type state attempts created_at next_attempt_at last_attempt { status } }";
    const facts = `{ webhooks { status org_id created_at retry_policy { delays_s } concurrency last_delivery ${delivery}
      deliveries(first: 2) { data ${delivery} next } done: deliveries(state: DELIVERED) { data { id } next } } }`;
    const answer = await door.run("viewer", facts);
    const [seen] = webhooksOf(answer);
    const { data, next } = seen!["deliveries"] as { data: { event_id: string }[]; next: string };
    assert.deepEqual(
      [seen!["status"], seen!["org_id"], seen!["retry_policy"], seen!["concurrency"], seen!["done"]],
      [true, "org_1", { delays_s: [1, 60] }, 8, { data: [], next: null }],
    );
    assert.equal(seen!["created_at"], new Date(one!.createdAt).toISOString());
    assert.deepEqual(
      data.map(({ event_id }) => event_id),
      ["event_c", "event_b"],
    );
    assert.deepEqual(seen!["last_delivery"], data[0]);
    assert.deepEqual(
      { ...data[0], id: null, created_at: null, next_attempt_at: null },
      {
        id: null,
        event_id: "event_c",
        event_type: "ROOM_OCCUPANCY_1MIN",
        state: "PENDING",
        attempts: 0,
        created_at: null,
        next_attempt_at: null,
        last_attempt: null,
      },
    );
    const rest = `{ webhooks { deliveries(after: "${next}") { data { event_id } next } } }`;
    assert.deepEqual(webhooksOf(await door.run("viewer", rest))[0]!["deliveries"], {
      data: [{ event_id: "event_a" }],
      next: null,
    });
    for (const args of ["first: 0", "first: 101", 'after: "event_a"']) {
      const wrong = await door.run("viewer", `{ webhooks { deliveries(${args}) { next } } }`);
      assert.equal(wrong.errors[0]?.extensions.code, "INVALID");
    }
    assert.deepEqual(webhooksOf(await door.run("foreignViewer", "{ webhooks { id } }")), []);
    assert.equal(made!.id, one!.id);
  });

  test("that were disabled say so and are active again after an update", async () => {
    const [made] = await created(rooms);
    const { organization, subscriptions } = (await door.store.registry.snapshot("org_1"))!;
    await door.store.registry.change({
      organization: "org_1",
      revision: organization.revision,
      put: [{ ...subscriptions[0]!, state: "disabled", disabledReason: "The endpoint answered 410." }],
      audit: [],
    });
    const [asleep] = webhooksOf(await door.run("manager", list));
    assert.deepEqual([asleep!["state"], asleep!["disabled_reason"]], ["DISABLED", "The endpoint answered 410."]);
    const answer = await door.run("manager", update, { input: [{ id: made!.id }] });
    assert.equal(webhooksOf(answer, "updateWebhooks")[0]!["state"], "ACTIVE");
    assert.equal((await stored())[0]!.state, "active");
  });

  test("swap their types in one mutation", async () => {
    const [a, b] = await created(rooms, doors);
    const input = [
      { id: a!.id, event_types: b!.event_types },
      { id: b!.id, event_types: a!.event_types },
    ];
    const swapped = webhooksOf(await door.run("manager", update, { input }), "updateWebhooks");
    assert.deepEqual(
      swapped.map(({ event_types }) => event_types),
      [doors.event_types, rooms.event_types],
    );
  });

  test("come in the order in which they were made", async () => {
    const names = ["DETECTIONS", "TRAFFIC", "PIR_MOTION", "ROOM_OCCUPANCY"];
    for (const type of names) await created({ ...doors, name: type, event_types: [type] });
    assert.deepEqual(
      webhooksOf(await door.run("manager", list)).map(({ name }) => name),
      names,
    );
  });
});

describe("a mutation", () => {
  test("that fails in one entry changes nothing", async () => {
    const [made] = await created(rooms);
    const before = await stored();
    const bad = [
      await door.run("manager", create, { input: [doors, { ...doors, name: "twin" }] }),
      await door.run("manager", create, { input: [doors, { ...rooms, name: "late" }] }),
      await door.run("manager", create, {
        input: [
          doors,
          { ...doors, event_types: ["DETECTIONS"], endpoint_config: { url: "http://a", http_timeout: 1 } },
        ],
      }),
      await door.run("manager", update, { input: [{ id: made!.id, name: "new" }, { id: "webhook_none" }] }),
      await door.run("manager", deleteWebhooks, { input: [made!.id, "webhook_none"] }),
    ];
    assert.deepEqual(bad.map(onlyCode), [
      "EVENT_TYPE_ALREADY_SUBSCRIBED",
      "EVENT_TYPE_ALREADY_SUBSCRIBED",
      "ADDRESS_NOT_ALLOWED",
      "NOT_FOUND",
      "NOT_FOUND",
    ]);
    for (const { status, errors } of bad) {
      assert.equal(status, 200);
      assert.ok(errors[0]!.path);
    }
    assert.match(bad[1]!.errors[0]!.message, new RegExp(`${made!.id} \\("rooms"\\) holds it`));
    assert.deepEqual(await stored(), before);
  });

  test("without entries does nothing and succeeds", async () => {
    assert.deepEqual((await door.run("manager", create, { input: [] })).data, { createWebhooks: [] });
    assert.deepEqual((await door.run("manager", update, { input: [] })).data, { updateWebhooks: [] });
    assert.deepEqual((await door.run("manager", deleteWebhooks, { input: [] })).data, { deleteWebhooks: true });
  });

  test("is decided anew when another one came first, so that of many at once one wins", async () => {
    const rivals = Array.from({ length: 6 }, (_, n) =>
      door.run("manager", create, { input: [{ ...doors, name: `n${n}` }] }),
    );
    const answers = await Promise.all(rivals);
    const won = answers.filter(({ errors }) => errors.length === 0);
    assert.equal(won.length, 1);
    assert.equal((await stored()).length, 1);
  });

  test("says where a variable is wrong without repeating what it holds", async () => {
    const input = [{ ...rooms, event_types: ["NOPE"] }];
    const answer = await door.run("manager", create, { input });
    assert.equal(answer.status, 200);
    assert.equal(onlyCode(answer), "GRAPHQL_VALIDATION_FAILED");
    assert.match(answer.errors[0]!.message, /^input\[0\]\.event_types\[0\]: Value "NOPE" does not exist/);
    const missing = [{ ...rooms, endpoint_config: { ...endpoint_config, url: undefined } }];
    const second = await door.run("manager", create, { input: missing });
    assert.match(second.errors[0]!.message, /^input\[0\]\.endpoint_config: Field "url"/);
    assert.doesNotMatch(answer.text + second.text, /pass:word|key-value/);
  });
});

describe("who may", () => {
  test("without a valid token nothing is answered, not even about a broken body", async () => {
    for (const authorization of [undefined, "Bearer nobody", "Basic bWFuYWdlcjo="]) {
      const response = await door.server.inject({
        method: "POST",
        url: "/api/v3/graphql",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
          ...(authorization && { authorization }),
        },
        payload: "{{{",
      });
      assert.equal(response.statusCode, 401);
      // Clients drop a stale token only then.
      assert.match(String(response.headers["content-type"]), /^application\/json/);
      const { errors, data } = response.json<{ errors: Answer["errors"]; data: unknown }>();
      assert.deepEqual([errors.length, errors[0]!.extensions, data], [1, { code: "UNAUTHENTICATED" }, undefined]);
      assert.equal(typeof errors[0]!.message, "string");
    }
  });

  test("a viewer lists webhooks, and every secret is null with an error of its own", async () => {
    const [made] = await created(rooms);
    const answer = await door.run("viewer", listWebhooks);
    assert.equal(answer.status, 200);
    const [seen] = answer.data!["webhooks"] as readonly Webhook[];
    const url = maskedUrl(String(made!.endpoint_config["url"]));
    assert.deepEqual(seen!.endpoint_config, { ...made!.endpoint_config, url, api_key: null, basic_auth: null });
    assert.deepEqual(
      answer.errors.map(({ path, extensions }) => [path, extensions.code]),
      [
        [["webhooks", 0, "endpoint_config", "api_key"], "FORBIDDEN"],
        [["webhooks", 0, "endpoint_config", "basic_auth"], "FORBIDDEN"],
      ],
    );
    assert.deepEqual((await door.run("viewer", "{ webhooks { id name } }")).errors, []);
    assert.doesNotMatch(answer.text, /key-value|pass:word|whsec/);
  });

  test("only keys of the whole organization change anything", async () => {
    const [made] = await created(rooms);
    for (const who of ["viewer", "ingest", "building"]) {
      // Roles that may not use this API at all are refused before their body is read.
      const status = who === "viewer" ? 200 : 403;
      const answers = [
        await door.run(who, create, { input: [doors] }),
        await door.run(who, update, { input: [{ id: made!.id, name: "mine" }] }),
        await door.run(who, deleteWebhooks, { input: [made!.id] }),
      ];
      for (const answer of answers) assert.deepEqual([answer.status, onlyCode(answer)], [status, "FORBIDDEN"]);
    }
    for (const who of ["ingest", "building"]) assert.equal(onlyCode(await door.run(who, list)), "FORBIDDEN");
    assert.deepEqual(
      (await stored()).map(({ name }) => name),
      ["rooms"],
    );
  });

  test("another organization's webhooks look absent, and its types are its own", async () => {
    const [made] = await created(rooms);
    assert.deepEqual(webhooksOf(await door.run("foreign", list)), []);
    assert.equal(onlyCode(await door.run("foreign", update, { input: [{ id: made!.id, name: "x" }] })), "NOT_FOUND");
    assert.equal(onlyCode(await door.run("foreign", deleteWebhooks, { input: [made!.id] })), "NOT_FOUND");
    const header = { "belfry-organization": "org_1" };
    assert.equal(onlyCode(await door.run("foreign", list, undefined, header)), "NOT_FOUND");
    assert.deepEqual((await door.run("foreign", create, { input: [rooms] })).errors, []);
  });

  test("an operator acts for the organization it names, or for the only one", async () => {
    const header = { "belfry-organization": "org_1" };
    assert.deepEqual((await door.run("operator", create, { input: [rooms] }, header)).errors, []);
    assert.equal(webhooksOf(await door.run("operator", list, undefined, header)).length, 1);
    const unsaid = await door.run("operator", list);
    assert.equal(onlyCode(unsaid), "ORGANIZATION_REQUIRED");
    assert.match(unsaid.errors[0]!.message, /belfry-organization/);
    const unknown = await door.run("operator", list, undefined, { "belfry-organization": "org_9" });
    assert.equal(onlyCode(unknown), "NOT_FOUND");

    const single = await openDoor(["org_7"]);
    after(() => single.close());
    assert.deepEqual((await single.run("operator", create, { input: [rooms] })).errors, []);
    assert.equal((await single.store.registry.snapshot("org_7"))!.subscriptions.length, 1);
    const none = await openDoor([]);
    after(() => none.close());
    assert.equal(onlyCode(await none.run("operator", list)), "ORGANIZATION_REQUIRED");
  });
});

test("a key that asks for too much is told when to ask again, and others are not", async () => {
  const limited = await openDoor();
  // New documents of 8 KB cost 80 points each, and there are 4,000.
  const document = (n: number) => `{ webhooks { id } } # ${String(n).padEnd(8_000)}`;
  const statuses = new Set<number>();
  for (let n = 0; n < 70; n++) statuses.add((await limited.run("viewer", document(n))).status);
  assert.deepEqual([...statuses], [200, 429]);
  const headers = { authorization: "Bearer viewer", "content-type": "application/json" };
  for (const url of ["/api/v3/graphql", "/api/v3/reporting", "/api/v4/reporting/stats"]) {
    const refused = await limited.server.inject({ method: "POST", url, headers, payload: "{}" });
    assert.equal(refused.statusCode, 429, url);
    assert.match(String(refused.headers["retry-after"]), /^\d+$/);
  }
  assert.equal((await limited.run("manager", document(0))).status, 200);
  limited.clock.advance(1_000);
  assert.equal((await limited.run("viewer", document(0))).status, 200);
  await limited.close();
});
