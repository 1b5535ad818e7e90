// GET /v1/stream over real sockets: what each role hears, when a stream ends, and that one which is not read is told to read anew.

import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import type { Observation } from "../../src/model/observation.ts";
import type { Role } from "../../src/model/principal.ts";
import type { Subscription, SubscriptionScope } from "../../src/model/subscription.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { until } from "../fixtures/until.ts";
import { addSubscription, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

interface Told {
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely by tests
  readonly data: any;
}

interface Client {
  readonly response: IncomingMessage;
  /** All so far. */
  readonly told: Told[];
  readonly hasEnded: () => boolean;
  readonly text: () => string;
  close(): void;
}

let house: House;
let operator: string;
/** By name: of the organization, the building and the tenant of org_a, another tenant's, and of org_b. */
const made: Record<string, Subscription> = {};
let clients: Client[] = [];

/** With a second building, a sensor in each, and a tenant in each. */
function modelWithSensors(name: string) {
  const model = modelOf(name);
  const { buildings } = model.sites[0]!;
  const second = JSON.parse(
    JSON.stringify(buildings[0]).replaceAll(`_${name}"`, `_${name}2"`),
  ) as (typeof buildings)[0];
  buildings.push(second);
  for (const [index, building] of buildings.entries()) {
    const sensor = {
      id: `sensor_${building.id}`,
      mac_address: `00-17-0d-00-00-00-0${index + 1}-0${name}`,
      mode: "presence",
    };
    Object.assign(building.floors[0]!, { sensors: [sensor] });
  }
  return model;
}

before(async () => {
  house = await openHouse({ limits: { perKey: 4, perOrganization: 6, inAll: 8 } });
  await house.server.start();
  operator = await keyFor(house, "operator");
  for (const name of ["a", "b"]) {
    const { status, text } = await ask(house, "PUT /v1/building-model", {
      key: operator,
      body: modelWithSensors(name),
    });
    assert.equal(status, 200, text);
  }
  const add = async (name: string, organization: string, scope: SubscriptionScope) => {
    made[name] = await addSubscription(house, organization, { scope });
  };
  await add("ofOrganization", "org_a", { kind: "organization" });
  await add("ofBuilding", "org_a", { kind: "building", id: "building_a" });
  await add("ofTenant", "org_a", { kind: "tenant", id: "tenant_a" });
  await add("ofNeighbour", "org_a", { kind: "tenant", id: "tenant_a2" });
  await add("ofStranger", "org_b", { kind: "tenant", id: "tenant_b" });
  const alert = { id: "alert_1", dialect: "belfry", document: '{"form":"json","kinds":null}', bindings: [] } as const;
  made["alert"] = await addSubscription(house, "org_a", alert);
  for (const id of ["org_a", "org_b"]) await house.organizations.reload(id);
});
after(() => house.close());
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await until("all streams to be closed", () => house.events.eventsWritten === undefined);
});

async function open(key: string, query = "", headers: Record<string, string> = {}): Promise<Client> {
  const authorization = key === "" ? {} : { authorization: `Bearer ${key}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(
      `${house.server.url}/v1/stream${query}`,
      { headers: { ...authorization, ...headers }, agent: false },
      resolve,
    ).on("error", reject);
  });
  const parts: string[] = [];
  let hasEnded = false;
  const told: Told[] = [];
  /** Of a message whose end is still to come: to search all that came before with each part takes long where there are megabytes. */
  let rest = "";
  response.setEncoding("utf8").on("data", (part: string) => {
    parts.push(part);
    const messages = (rest + part).split("\n\n");
    rest = messages.pop()!;
    for (const message of messages) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(message) ?? [];
      if (event !== undefined) told.push({ event, data: JSON.parse(data!) });
    }
  });
  response.on("error", () => {}).on("close", () => (hasEnded = true));
  const client: Client = {
    response,
    told,
    hasEnded: () => hasEnded,
    text: () => parts.join(""),
    close: () => response.destroy(),
  };
  clients.push(client);
  if (response.statusCode === 200) await until("the first words", () => told.length > 0);
  return client;
}

const refusal = async (key: string, query = ""): Promise<{ status: number; code: string; retry: unknown }> => {
  const client = await open(key, query);
  await until("the refusal", client.hasEnded);
  return {
    status: client.response.statusCode!,
    code: JSON.parse(client.text()).code as string,
    retry: client.response.headers["retry-after"],
  };
};

const detections = (sensor: string): Observation => ({ kind: "detections", id: null, at: 0, sensor, local: [] });

/** Everything happens everywhere. */
function tumult(): void {
  const { events } = house;
  for (const { number } of Object.values(made)) events.deliveriesWritten?.(number);
  for (const name of ["a", "b"]) {
    events.eventsWritten?.(`org_${name}`, true);
    for (const home of [`building_${name}`, `building_${name}2`]) {
      events.sensed?.(`org_${name}`, detections(`sensor_${home}`));
      const health = { kind: "health", type: "SENSOR_HEALTH", sensor: `sensor_${home}`, at: 0, revision: 0 };
      events.sensorChanged?.(`org_${name}`, health as never);
    }
  }
  const status = {} as never;
  for (const each of Object.values(made)) events.laneChanged?.(each, status, null);
}

/** What a client has heard since it began, by organization. */
async function heardAfter(client: Client, what: () => void): Promise<Record<string, Record<string, unknown>>> {
  const before = client.told.length;
  what();
  await house.clock.pass(500);
  await until("news", () => client.told.length > before);
  const heard: Record<string, Record<string, unknown>> = {};
  for (const { event, data } of client.told.slice(before)) {
    assert.equal(event, "changed");
    const { organization, ...topics } = data;
    assert.equal(heard[organization], undefined, "one message for each organization");
    heard[organization] = topics;
  }
  return heard;
}

const ids = (...names: string[]) => names.map((name) => made[name]!.id);

test("a stream begins with a hello that names its topics, and is never kept by a cache or held back by a proxy", async () => {
  const { response, told, text } = await open(operator);
  assert.equal(response.headers["content-type"], "text/event-stream; charset=utf-8");
  assert.equal(response.headers["cache-control"], "no-store");
  assert.equal(response.headers["x-accel-buffering"], "no");
  assert.match(text(), /^retry: 2000\n\n/);
  assert.equal(told[0]!.event, "hello");
  assert.equal(told[0]!.data.at, new Date(house.clock.now()).toISOString());
  const all = ["deliveries", "subscriptions", "alerts", "events", "entries", "occupancy", "sensors", "model"];
  assert.deepEqual(told[0]!.data.topics, all);
});

const everything = (name: string, subscriptions: string[], alerts: string[]) => ({
  deliveries: subscriptions,
  subscriptions,
  ...(alerts.length > 0 && { alerts }),
  events: true,
  entries: true,
  occupancy: [`building_${name}`, `building_${name}2`],
  sensors: [`building_${name}`, `building_${name}2`],
});
const ofA = () => ids("ofOrganization", "ofBuilding", "ofTenant", "ofNeighbour");

const roles: readonly (readonly [
  who: string,
  role: Role,
  target: string | null,
  hears: () => Record<string, Record<string, unknown>>,
])[] = [
  ["an organization", "organization", null, () => ({ org_a: everything("a", ofA(), ["alert_1"]) })],
  ["a viewer", "viewer", null, () => ({ org_a: everything("a", ofA(), []) })],
  [
    "a building",
    "building",
    "building_a",
    () => {
      const own = ids("ofBuilding", "ofTenant");
      return { org_a: { deliveries: own, subscriptions: own, occupancy: ["building_a"], sensors: ["building_a"] } };
    },
  ],
  [
    "a tenant",
    "tenant",
    "tenant_a",
    () => ({ org_a: { deliveries: ids("ofTenant"), subscriptions: ids("ofTenant") } }),
  ],
];

for (const [who, role, target, hears] of roles) {
  test(`${who} hears of what it may read, and of nothing else`, async () => {
    const key = await keyFor(house, role, "org_a", target);
    const client = await open(key);
    const heard = await heardAfter(client, tumult);
    assert.deepEqual(heard, hears());
    // By the lists themselves, so that the two cannot part.
    const listed = (await ask(house, "GET /v1/subscriptions", { key })).body.data.map(({ id }: { id: string }) => id);
    assert.deepEqual((heard["org_a"]!["subscriptions"] as string[]).toSorted(), listed.toSorted());
    for (const [topic, path] of [
      ["events", "events"],
      ["entries", "entries"],
      ["occupancy", "occupancy"],
      ["sensors", "sensors"],
      ["alerts", "alerts"],
    ] as const) {
      const { status } = await ask(house, `GET /v1/${path}`, { key });
      const asked = await open(key, `?topics=${topic}`);
      assert.equal(asked.response.statusCode, status, `${who} and ${topic}`);
      asked.close();
    }
  });
}

test("an operator hears of all organizations, or of the one that it names", async () => {
  const both = await heardAfter(await open(operator), tumult);
  assert.deepEqual(both, {
    org_a: everything("a", ofA(), ["alert_1"]),
    org_b: everything("b", ids("ofStranger"), []),
  });
  const byQuery = await heardAfter(await open(operator, "?organization=org_b"), tumult);
  assert.deepEqual(Object.keys(byQuery), ["org_b"]);
  const byHeader = await heardAfter(await open(operator, "", { "belfry-organization": "org_b" }), tumult);
  assert.deepEqual(Object.keys(byHeader), ["org_b"]);
});

test("a stream can be narrowed to topics, one subscription and one building", async () => {
  const { id } = made["ofTenant"]!;
  const client = await open(operator, `?topics=deliveries,occupancy&subscription=${id}&building=building_a2`);
  assert.deepEqual(client.told[0]!.data.topics, ["deliveries", "occupancy"]);
  assert.deepEqual(await heardAfter(client, tumult), {
    org_a: { deliveries: [id], occupancy: ["building_a2"] },
  });
});

test("what a key may not hear is refused, and a topic that does not exist is named", async () => {
  const tenant = await keyFor(house, "tenant", "org_a", "tenant_a");
  assert.deepEqual(await refusal(tenant, "?topics=deliveries,events"), {
    status: 403,
    code: "FORBIDDEN",
    retry: undefined,
  });
  assert.equal((await refusal(await keyFor(house, "ingest", "org_a"))).status, 403);
  assert.equal((await refusal(tenant, "?organization=org_b")).status, 404);
  assert.equal((await refusal(operator, "?topics=weather")).status, 400);
  assert.equal((await refusal("")).status, 401);
});

test("many names in one beat become one word", async () => {
  const many = Array.from({ length: 51 }, (_, index) => ({
    ...made["ofOrganization"]!,
    number: 1_000 + index,
    id: `w${index}`,
  }));
  const client = await open(operator);
  const heard = await heardAfter(client, () => {
    for (const each of many) house.events.superseded?.(each, 1);
  });
  assert.deepEqual(heard, { org_a: { deliveries: true } });
  const fifty = await heardAfter(client, () => {
    for (const each of many.slice(1)) house.events.superseded?.(each, 1);
  });
  assert.equal((fifty["org_a"]!["deliveries"] as string[]).length, 50);
});

test("a space that nobody speaks for any more is news of its building", async () => {
  const client = await open(operator);
  for (const [level, space] of [
    ["floor", "floor_a"],
    ["room", "room_a"],
  ] as const) {
    const heard = await heardAfter(client, () => house.events.spaceLost?.("org_a", level, space));
    assert.deepEqual(heard, { org_a: { occupancy: ["building_a"] } }, level);
  }
});

test("a subscription that is made, edited or removed is told to those who may read it, and so is a new model", async () => {
  const client = await open(await keyFor(house, "organization", "org_a"));
  const tenant = await open(await keyFor(house, "tenant", "org_a", "tenant_a2"));
  const added = await addSubscription(house, "org_a", { scope: { kind: "tenant", id: "tenant_a" } });
  await house.organizations.reload("org_a");
  assert.deepEqual(await heardAfter(client, () => {}), { org_a: { subscriptions: [added.id] } });
  house.clock.advance(1);
  const edit = { key: operator, body: { signatures: ["github"] } };
  assert.equal((await ask(house, `PATCH /v1/subscriptions/${added.id}`, edit)).status, 200);
  assert.deepEqual(await heardAfter(client, () => {}), { org_a: { subscriptions: [added.id] } });
  const { status } = await ask(house, `DELETE /v1/subscriptions/${added.id}`, { key: operator });
  assert.equal(status, 204);
  assert.deepEqual(await heardAfter(client, () => {}), { org_a: { subscriptions: [added.id] } });
  // What it was owed is cancelled afterwards.
  const cancelled = () => house.events.deliveriesWritten?.(added.number);
  assert.deepEqual(await heardAfter(client, cancelled), { org_a: { deliveries: [added.id] } });
  const model = modelWithSensors("a");
  model.sites[0]!.buildings[0]!.name = "Another name";
  assert.equal((await ask(house, "PUT /v1/building-model", { key: operator, body: model })).status, 200);
  assert.deepEqual(await heardAfter(client, () => {}), { org_a: { model: true } });
  assert.equal(tenant.told.length, 1, "another tenant hears of none of it");
});

test("a door or a call is news of the entries", async () => {
  const client = await open(operator);
  const access = { kind: "call_status", id: null, at: 0, guid: "call_1", status: "answered" } as const;
  assert.deepEqual(await heardAfter(client, () => house.events.sensed?.("org_a", access)), {
    org_a: { entries: true },
  });
});

test("events without an entry are no news of the entries", async () => {
  const client = await open(operator);
  const written = (hasEntries: boolean) => () => house.events.eventsWritten?.("org_a", hasEntries);
  assert.deepEqual(await heardAfter(client, written(false)), { org_a: { events: true } });
  assert.deepEqual(await heardAfter(client, written(true)), { org_a: { events: true, entries: true } });
});

test("while nobody watches, nothing is asked of the engine", async () => {
  const { events } = house;
  assert.ok(Object.values(events).every((each) => each === undefined));
  const timers = house.clock.timers();
  const client = await open(operator);
  assert.notEqual(events.deliveriesWritten, undefined);
  client.close();
  await until("the stream to be closed", () => events.deliveriesWritten === undefined);
  assert.ok(Object.values(events).every((each) => each === undefined));
  assert.equal(house.clock.timers(), timers, "no beat is left");
});

test("a stream on which nothing happens is kept awake every 15 s", async () => {
  const client = await open(operator);
  const quiet = client.text().length;
  await house.clock.pass(14_500);
  assert.equal(client.text().length, quiet);
  await house.clock.pass(750);
  await until("a comment", () => client.text().length > quiet);
  assert.equal(client.text().slice(quiet), ":\n\n");
});

test("a stream ends within a second of its key, and hears nothing more", async () => {
  const issued = await house.keys.issue({ role: "viewer", organization: "org_a", targets: [] }, "test");
  const client = await open(issued.key);
  const other = await open(operator);
  await ask(house, `DELETE /v1/keys/${issued.clientId}`, { key: operator });
  tumult();
  await house.clock.pass(1_000);
  await until("the end", client.hasEnded);
  assert.deepEqual(
    client.told.map(({ event }) => event),
    ["hello"],
  );
  assert.equal(client.response.complete, true, "it ends as an answer ends");
  assert.equal(other.hasEnded(), false);
  assert.equal((await refusal(issued.key)).status, 401);
});

test("a stream of a session ends when somebody signs out, and when its time is over", async () => {
  const signIn = async () => {
    const { headers, body } = await ask(house, "POST /v1/session", { body: { key: operator } });
    const cookie = String(headers["set-cookie"]).split(";")[0]!;
    return { cookie, csrf: body.csrf_token as string };
  };
  const { cookie, csrf } = await signIn();
  const client = await open("", "", { cookie });
  await ask(house, "DELETE /v1/session", { headers: { cookie, "x-csrf-token": csrf } });
  await house.clock.pass(1_000);
  await until("the end", client.hasEnded);
  const later = await open("", "", { cookie: (await signIn()).cookie });
  house.clock.jump(12 * 3_600_000);
  await house.clock.pass(1_000);
  await until("the end", later.hasEnded);
});

test("a stream of a portal link ends when somebody ends the link, and when its time is over", async () => {
  const key = await keyFor(house, "organization", "org_a");
  const newLink = async () => {
    const { body } = await ask(house, "POST /v1/portal-links", { key, body: { building: "building_a", minutes: 5 } });
    return { id: body.id as string, token: (body.path as string).split("#")[1]! };
  };
  const [ended, kept] = [await newLink(), await newLink()];
  const [client, later] = [await open(ended.token), await open(kept.token)];
  assert.equal((await ask(house, `DELETE /v1/portal-links/${ended.id}`, { key })).status, 204);
  tumult();
  await house.clock.pass(1_000);
  await until("the end", client.hasEnded);
  assert.deepEqual(
    client.told.map(({ event }) => event),
    ["hello"],
  );
  await until("news", () => later.told.length > 1);
  assert.equal(later.hasEnded(), false);
  house.clock.jump(5 * 60_000);
  await house.clock.pass(1_000);
  await until("the end", later.hasEnded);
});

test("streams of one key, one organization and all have their number, and one that ends makes room", async () => {
  const key = await keyFor(house, "organization", "org_a");
  const own = await Promise.all([1, 2, 3, 4].map(() => open(key)));
  assert.deepEqual(await refusal(key), { status: 429, code: "TOO_MANY_REQUESTS", retry: "6" });
  const viewer = await keyFor(house, "viewer", "org_a");
  for (let more = 0; more < 2; more++) await open(viewer);
  assert.equal((await refusal(viewer)).status, 429, "the organization has six");
  const viewerOfB = await keyFor(house, "viewer", "org_b");
  for (let more = 0; more < 2; more++) await open(viewerOfB);
  assert.equal((await refusal(viewerOfB)).status, 429, "there are eight in all");
  own[0]!.close();
  let again = await open(viewerOfB);
  await until("room", async () => {
    if (again.response.statusCode === 200) return true;
    again = await open(viewerOfB);
    return false;
  });
});

test("a reader that is slow is told nothing meanwhile, then to read anew; one that does not read is closed", async () => {
  const many = Array.from({ length: 50 }, (_, index) => ({
    ...made["ofOrganization"]!,
    number: 1_000 + index,
    id: `${"w".repeat(5_000)}${index}`,
  }));
  let connection: Socket | undefined;
  house.server.scope.server.once("connection", (socket) => (connection = socket));
  const client = await open(operator);
  const other = await open(operator, "?topics=events");
  const flood = async () => {
    for (const each of many) house.events.superseded?.(each, 1);
    house.clock.advance(500);
    await calm();
  };
  client.response.pause();
  const before = process.memoryUsage().arrayBuffers;
  for (let beat = 0; beat < 50; beat++) await flood();
  assert.ok(process.memoryUsage().arrayBuffers - before < 24 * 1024 * 1024);
  assert.equal(client.hasEnded(), false);
  client.response.resume();
  // The clock stands still meanwhile: how long the network takes to pass it on must not count as time without reading.
  await until("what was told before to be read", () => connection!.writableLength === 0);
  await house.clock.pass(500);
  await until("a hello", () => client.told.filter(({ event }) => event === "hello").length === 2);
  const missed = client.told.length;
  assert.ok(missed < 50, `${missed} of 50`);
  client.response.pause();
  // However much of it the network keeps.
  await until("its connection to be closed", async () => {
    await flood();
    return connection!.destroyed;
  });
  client.response.resume();
  await until("the end", client.hasEnded);
  assert.equal(other.hasEnded(), false);
});

test("what could not be worked out makes a stream begin anew", async () => {
  const who = { key: "client_1", role: "viewer", organization: "org_a", targets: [] } as const;
  let isBroken = false;
  const whoNow = async () => {
    if (isBroken) throw new Error("the disk is full");
    return who;
  };
  const wanted = { topics: ["events"], organization: null, subscription: null, building: null } as const;
  const out = house.streams.open(who, wanted, whoNow).setEncoding("utf8");
  const told: string[] = [];
  out.on("data", (text: string) => told.push(...(text.match(/(?<=event: )\w+/g) ?? [])));
  for (const state of [true, false, false]) {
    isBroken = state;
    tumult();
    await house.clock.pass(500);
  }
  assert.deepEqual(told, ["hello", "hello", "changed"]);
  out.destroy();
});

test("a request for the head alone opens nothing", async () => {
  const { status, text } = await ask(house, "HEAD /v1/stream", { key: operator });
  assert.deepEqual([status, text], [200, ""]);
  assert.equal(house.events.eventsWritten, undefined);
});

test("the end of the server ends all streams in good order and lets no new one begin", async () => {
  const client = await open(operator);
  await house.streams.stop();
  await until("the end", client.hasEnded);
  assert.equal(client.response.complete, true);
  assert.equal((await refusal(operator)).status, 503);
});
