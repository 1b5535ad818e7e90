// What people, receivers and accidents do to a server that nobody planned for: each of these once broke something, or
// would be the worst thing to break.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Answer, call, kill, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";
import { sqliteOnly } from "../fixtures/test-store.ts";

const createWebhooks =
  "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id signing_secret } }";
const updateWebhooks = "mutation($input: [WebhookUpdateInput!]!) { updateWebhooks(input: $input) { id } }";
const deleteWebhooks = "mutation($ids: [ID!]!) { deleteWebhooks(ids: $ids) }";

interface Client {
  readonly key: string;
  readonly graphql: (query: string, variables: unknown) => Promise<Record<string, unknown>>;
  readonly webhook: (url: string, more?: object) => Promise<string>;
  readonly send: (...events: object[]) => Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  readonly list: (path: string) => Promise<Record<string, unknown>[]>;
}

/** Somebody who manages an organization of this name. */
async function clientOf(server: Server, organization: string): Promise<Client> {
  const issued = await call(`${server.url}/v1/keys`, {
    key: server.key,
    body: { role: "organization", for: organization },
  });
  const key = String(issued.body.key);
  const graphql: Client["graphql"] = async (query, variables) => {
    const answer = await call(`${server.url}/api/v3/graphql`, { key, body: { query, variables } });
    assert.equal(answer.body.errors, undefined, JSON.stringify(answer.body.errors));
    return answer.body.data;
  };
  return {
    key,
    graphql,
    async webhook(url, more = {}) {
      const endpoint_config = { url, http_timeout: 5 };
      const input = [{ name: "rooms", event_types: ["ROOM_OCCUPANCY"], endpoint_config, ...more }];
      const made = (await graphql(createWebhooks, { input }))["createWebhooks"] as { id: string }[];
      return made[0]!.id;
    },
    send: (...events) => call(`${server.url}/v1/events?dialect=butlr`, { key, body: events }),
    async list(path) {
      const all: Record<string, unknown>[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: Answer<{ data: Record<string, unknown>[]; next: string | null }> = await call(
          `${server.url}${path}&limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`,
          { key },
        );
        all.push(...page.body.data);
        cursor = page.body.next;
      }
      return all;
    },
  };
}

const occupancy = (organization: string, id: string, data: unknown = 1) => ({
  id,
  type: "ROOM_OCCUPANCY",
  timestamp: 1727735832000,
  version: "v1.0.0",
  metadata: { org_id: organization, room_id: "room_1" },
  data,
});

/** Asks until the answer is the one waited for. */
async function until(answers: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await answers())) {
    if (performance.now() > end) throw new Error("the answer waited for did not come within 30 s");
    await pause(20);
  }
}

describe("a server", () => {
  let server: Server;
  before(async () => {
    server = await serve(makePlace());
  });
  after(() => stop(server));

  test("keeps nothing of the owner's secrets when a receiver answers with what it was sent", async () => {
    const receiver = await startReceiver();
    receiver.answer((request) => ({ status: 500, body: `${request.path} ${JSON.stringify(request.headers)}` }));
    const client = await clientOf(server, "org_echo");
    const url = `${receiver.url}/in?token=canary-token`;
    await client.webhook(url, {
      endpoint_config: {
        url,
        http_timeout: 5,
        api_key: { key: "x-api-key", value: "canary-value" },
        basic_auth: { username: "me", password: "canary-password" },
      },
    });
    await client.send(occupancy("org_echo", "echo_1"));
    await until(async () => Number((await client.list("/v1/deliveries?"))[0]?.["attempt_count"]) >= 1);
    const issued = await call(`${server.url}/v1/keys`, { key: client.key, body: { role: "viewer", for: "org_echo" } });
    const seen = await call(`${server.url}/v1/deliveries`, { key: issued.body.key });
    const response = String(seen.body.data[0].last_attempt.response);
    assert.match(response, /^\/in\?token=\*\*\* .*"x-api-key":"\*\*\*","authorization":"\*\*\*"/);
    assert.doesNotMatch(response, /canary/);
  });

  test("sends the next value to a webhook that has begun to ask for changes, whatever was noted before", async () => {
    const receiver = await startReceiver();
    const client = await clientOf(server, "org_values");
    const id = await client.webhook(receiver.url, { send_on_value_change: true });
    const turn = (on: boolean) => client.graphql(updateWebhooks, { input: [{ id, send_on_value_change: on }] });
    let events = 0;
    const values = async (...given: number[]) => {
      await client.send(...given.map((value) => occupancy("org_values", `value_${++events}`, value)));
    };
    await values(3, 3);
    await turn(false);
    await values(4, 5);
    await turn(true);
    await values(3, 3);
    const arrived = (await receiver.waitFor(4)).map(({ body }) => JSON.parse(body.toString()).data as number);
    await until(async () => (await client.list("/v1/deliveries?state=pending")).length === 0);
    assert.deepEqual(arrived.toSorted(), [3, 3, 4, 5]);
    assert.equal(receiver.requests.length, 4);
  });

  test("gives no organization a way to another's building, whatever ids and numbers it takes", async () => {
    const model = (organization: string, building: object) => ({
      organization: { id: organization, name: organization },
      sites: [
        {
          id: `site_${organization}`,
          name: "Site",
          timezone: "UTC",
          buildings: [{ name: "Tower", access_points: [{ id: `door_${organization}`, name: "Door" }], ...building }],
        },
      ],
    });
    const owner = await clientOf(server, "org_owner");
    const squatter = await clientOf(server, "org_squatter");
    const put = (key: string, body: object) => call(`${server.url}/v1/building-model`, { method: "PUT", key, body });
    const made = await put(owner.key, model("org_owner", { id: "tower" }));
    const number = made.body.sites[0].buildings[0].butterflymx_id as number;
    const squats = [
      { id: "tower", butterflymx_id: 77 },
      { id: String(number), butterflymx_id: 77 },
      { id: "t", butterflymx_id: number },
    ];
    for (const building of squats) assert.equal((await put(squatter.key, model("org_squatter", building))).status, 200);
    const integrations = `${server.url}/v4/buildings/${number}/integrations`;
    const configuration = { url: "https://tower.example/hook", method: "post" };
    const bindings = [{ resource_type: "access_log", actions: ["create"] }];
    const body = { data: { type: "integrations", attributes: { integrator: "webhook", configuration, bindings } } };
    assert.equal((await call(integrations, { key: owner.key, method: "POST", body })).status, 200);
    const listed = async (key: string) => (await call(integrations, { key })).body.data.length as number;
    assert.deepEqual([await listed(owner.key), await listed(squatter.key)], [1, 0]);
  });

  test("refuses an organization whose name could not be stored, and detections beyond the earth", async () => {
    const { body } = await call(`${server.url}/v1/events?dialect=butlr`, {
      key: server.key,
      body: [occupancy("\ud800", "odd_1"), occupancy("a b", "odd_2")],
    });
    assert.deepEqual([body.accepted, body.rejected.length], [0, 2]);
    const issued = await call(`${server.url}/v1/keys`, { key: server.key, body: { role: "viewer", for: "\ud800" } });
    assert.equal(issued.status, 422);
    const far = { kind: "detections", sensor: "any", at: 1727735832000, local: [[1e308, 0]] };
    const answer = await call(`${server.url}/v1/observations`, { key: server.key, body: far });
    assert.equal(answer.body.rejected[0].code, "INVALID");
  });

  test("does not lock out who has the right key when others guess at it from the same address", async () => {
    const { body: key } = await call(`${server.url}/v1/keys`, {
      key: server.key,
      body: { role: "organization", for: "org_locked" },
    });
    const signIn = (client_secret: string) =>
      call(`${server.url}/oauth/token`, {
        body: { client_id: key.client_id, client_secret, grant_type: "client_credentials" },
      });
    // One is forgotten every six seconds: whoever is slow may guess some times more.
    let [guesses, status] = [0, 401];
    for (; status === 401 && guesses < 30; guesses++) ({ status } = await signIn(`guess-${guesses}`));
    assert.equal(status, 429);
    assert.ok(guesses > 10, `${guesses} guesses`);
    assert.equal((await signIn(key.client_secret)).status, 200);
    assert.equal((await call(`${server.url}/v1/subscriptions`, { key: key.key })).status, 200);
  });

  test("makes one event and one delivery of a hundred identical requests at once", async () => {
    const receiver = await startReceiver();
    const client = await clientOf(server, "org_same");
    await client.webhook(receiver.url);
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.send(occupancy("org_same", "same"))));
    assert.ok(answers.every(({ status }) => status === 202));
    assert.equal(
      answers.reduce((sum, { body }) => sum + Number(body["accepted"]), 0),
      1,
    );
    assert.equal((await client.list("/v1/deliveries?")).length, 1);
    await receiver.waitFor(1);
  });

  test("starts no attempt after a deletion was answered, however much is owed", async () => {
    const receiver = await startReceiver();
    const client = await clientOf(server, "org_backlog");
    const id = await client.webhook(receiver.url);
    const backlog = Array.from({ length: 3_000 }, (_, index) => occupancy("org_backlog", `backlog_${index}`));
    assert.equal((await client.send(...backlog)).body["accepted"], 3_000);
    await receiver.waitFor(100);
    await client.graphql(deleteWebhooks, { ids: [id] });
    const begun = receiver.requests.length;
    await until(async () => (await client.list("/v1/deliveries?state=pending")).length === 0);
    const states = await client.list("/v1/deliveries?");
    const cancelled = states.filter(({ state }) => state === "cancelled").length;
    assert.equal(states.length, 3_000);
    assert.ok(cancelled > 0, "the receiver was quicker than the deletion");
    // Those on the wire may end.
    assert.ok(receiver.requests.length <= begun + 4, `${receiver.requests.length} after ${begun}`);
  });
});

test("a first start that could not leave its operator key ends, and can be made again", async () => {
  const data = makePlace();
  mkdirSync(join(data, "operator.key"));
  await assert.rejects(serve(data), /ended with 1 before it was ready:\n.*operator\.key cannot be written/s);
  assert.equal(existsSync(join(data, "server.json")), false);
  rmdirSync(join(data, "operator.key"));
  const server = await serve(data);
  assert.equal((await call(`${server.url}/v1/organizations`, { key: server.key })).status, 200);
  await stop(server);
});

test("after a kill a lost write-ahead log is noticed, and nothing accepted is lost when it is put back", {
  skip: sqliteOnly,
}, async () => {
  const data = makePlace();
  const receiver = await startReceiver();
  let server = await serve(data);
  const client = await clientOf(server, "org_kill");
  const id = await client.webhook(receiver.url);
  const turn = (verb: string) =>
    call(`${server.url}/v1/subscriptions/${id}/${verb}`, { method: "POST", key: client.key });
  await turn("disable");
  const events = Array.from({ length: 500 }, (_, index) => occupancy("org_kill", `kill_${index}`));
  assert.equal((await client.send(...events)).body["accepted"], 500);
  await kill(server);

  const log = join(data, "belfry.sqlite-wal");
  renameSync(log, `${log}.away`);
  await assert.rejects(serve(data), /belfry\.sqlite-wal is missing after a crash/);
  renameSync(`${log}.away`, log);

  server = await serve(data);
  const states = (state: string) => call(`${server.url}/v1/deliveries?state=${state}&limit=100`, { key: client.key });
  assert.equal((await states("held")).body.data.length, 100);
  await turn("enable");
  const arrived = await receiver.waitFor(500);
  assert.equal(new Set(arrived.map(({ body }) => String(JSON.parse(body.toString()).id))).size, 500);
  await stop(server);
});
