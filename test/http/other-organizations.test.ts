// Every route of the operator API, asked by keys that are not of the organization, or may only read it: they hear what is
// heard of things that do not exist, and nothing is changed. portal-scopes.alone.test.ts asks all of it by portal links instead.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ownerActs } from "../../src/model/owner-acts.ts";
import type { Role } from "../../src/model/principal.ts";
import { credentialFor as keyFor } from "./credential.ts";
import { addDelivery, addSubscription, ask, type House, modelOf, openHouse, start } from "./fixture.ts";

let house: House;
let operator: string;
/** Ids of things of org_a, as they stand in paths. */
const ids: Record<string, string> = {};

async function makeAlert(id: string): Promise<void> {
  const alert = { id, dialect: "belfry", document: '{"form":"json","kinds":null}', bindings: [] } as const;
  ids["alert"] = (await addSubscription(house, "org_a", alert)).id;
}

const organizationScope = { organization: "org_a", scope: { kind: "organization" }, name: "canary" } as const;
const makeInbox = () => (ids["inbox"] = house.inboxes.create(organizationScope).id);

async function makeLink(): Promise<string> {
  const { clientId } = await house.keys.issue({ role: "organization", organization: "org_a", targets: [] }, "test");
  const look = { title: null, home: null, colours: {} };
  const scope = { role: "organization", organization: "org_a", targets: [] } as const;
  return (await house.authenticator.portals.make({ ...scope, key: clientId, lifeMs: 3_600_000, look, origins: [] })).id;
}

const replayOf = (subscription: string) => ({ subscription, from: start - 1, to: start });

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  // Buildings, tenants and organizations of the same ids as each other's.
  const model = modelOf("a");
  const [building] = model.sites[0]!.buildings;
  building!.tenants.push({ id: "building_a", unit_id: "unit_a" });
  for (const each of [model, modelOf("b")]) {
    const { status, text } = await ask(house, "PUT /v1/building-model", { key: operator, body: each });
    assert.equal(status, 200, text);
  }
  for (const picture of ["floor/floor_a", "organization/org_a"]) {
    const what = `PUT /v1/pictures/${picture}?organization=org_a`;
    assert.equal((await ask(house, what, { key: operator, body: { data: "/9j/" } })).status, 200, what);
  }
  const subscription = await addSubscription(house, "org_a");
  ids["subscription"] = subscription.id;
  ids["delivery"] = `delivery_${await addDelivery(house, subscription, "event_a")}`;
  // The same id in another organization, and younger.
  await addDelivery(house, subscription, "event_of_both");
  await addDelivery(house, await addSubscription(house, "org_b"), "event_of_both");
  const { body } = await ask(house, "POST /v1/replays", { key: operator, body: replayOf(subscription.id) });
  ids["replay"] = body.id;
  ids["event"] = "event_a";
  ids["operatorKey"] = (await house.keys.issue({ role: "operator", organization: null, targets: [] }, "test")).clientId;
  ids["key"] = (await house.keys.issue({ role: "viewer", organization: "org_a", targets: [] }, "test")).clientId;
  ids["portalLink"] = await makeLink();
  await makeAlert("alert_1");
  makeInbox();
  for (const [name, scope] of [
    ["ofBuilding", { kind: "building", id: "building_a" }],
    ["ofTenant", { kind: "tenant", id: "tenant_a" }],
    ["ofNamesake", { kind: "tenant", id: "building_a" }],
  ] as const) {
    ids[name] = (await addSubscription(house, "org_a", { scope, dialect: "butterflymx" })).id;
  }
});
after(() => house.close());

/** Routes that name something of an organization; what a stranger hears is 404, or 403 where its role may never ask. */
const reading = (): readonly string[] => [
  "GET /v1/building-model?organization=org_a",
  "GET /v1/subscriptions?organization=org_a",
  `GET /v1/subscriptions/${ids["subscription"]}`,
  `GET /v1/subscriptions/${ids["subscription"]}?figures=true`,
  "GET /v1/events?organization=org_a",
  `GET /v1/events/${ids["event"]}`,
  `GET /v1/events/${ids["event"]}/subscriptions`,
  "GET /v1/deliveries?organization=org_a",
  "GET /v1/replays?organization=org_a",
  `GET /v1/replays/${ids["replay"]}`,
  `GET /v1/subscriptions/${ids["subscription"]}/events`,
  "GET /v1/organizations/org_a",
  "GET /v1/entries?organization=org_a",
  `GET /v1/deliveries/${ids["delivery"]}`,
  "GET /v1/occupancy?organization=org_a",
  "GET /v1/occupancy?space=room_a",
  "GET /v1/explain?space=room:room_a",
  "GET /v1/sensors?organization=org_a",
  "GET /v1/names?organization=org_a",
  "GET /v1/alerts/open?organization=org_a",
  "GET /v1/pictures?organization=org_a",
  "GET /v1/pictures/floor/floor_a",
  "GET /v1/pictures/organization/org_a",
  // The answer to GET has no end.
  "HEAD /v1/stream?organization=org_a",
];
const newSubscription = {
  organization: "org_a",
  dialect: "butterflymx",
  url: "https://theirs.test",
  types: ["access_log.create"],
};
const managing = (): readonly (readonly [string, unknown?])[] => [
  ["PUT /v1/building-model", modelOf("a")],
  ["POST /v1/subscriptions", { ...newSubscription, dialect: "butlr", name: "theirs", types: ["ROOM_OCCUPANCY"] }],
  ["PUT /v1/building-model?dry_run=true", modelOf("a")],
  ["PUT /v1/pictures/floor/floor_a", { data: "/9j/" }],
  ["DELETE /v1/pictures/floor/floor_a"],
  [`DELETE /v1/subscriptions/${ids["subscription"]}`],
  [`POST /v1/deliveries/${ids["delivery"]}/resend`],
  [`POST /v1/deliveries/${ids["delivery"]}/retry`],
  [`POST /v1/replays/${ids["replay"]}/cancel`],
  ["DELETE /v1/entries?tenant=tenant_a"],
  ["DELETE /v1/entries?tenant=tenant_a&organization=org_a"],
  ["GET /v1/keys?organization=org_a"],
  ["POST /v1/recompute", { space: "room_a", from: 0, to: 60_000 }],
  ["POST /v1/occupancy/points", { space: "room_a", count: 1 }],
  [`DELETE /v1/keys/${ids["key"]}`],
  ["POST /v1/keys", { role: "viewer", for: "org_a" }],
  ["POST /v1/keys", { role: "building", for: "building_a" }],
  ["POST /v1/keys", { role: "tenant", for: "tenant_a" }],
];
/** Of portal links: new ones of its places, which owners may make, and one that its key made. */
const linking = (): readonly (readonly [string, unknown?])[] => [
  ["POST /v1/portal-links", { building: "building_a" }],
  ["POST /v1/portal-links", { tenant: "tenant_a" }],
  [`DELETE /v1/portal-links/${ids["portalLink"]}`],
];
const owning = (subscription: string): readonly (readonly [string, unknown?])[] => [
  ...ownerActs.map((act) => [`POST /v1/subscriptions/${subscription}/${act}`] as const),
  ["POST /v1/replays", replayOf(subscription)],
  [`POST /v1/subscriptions/${subscription}/enable`],
  [`POST /v1/subscriptions/${subscription}/retry`],
  [`POST /v1/subscriptions/${subscription}/test`, { type: "ROOM_OCCUPANCY" }],
  [`PATCH /v1/subscriptions/${subscription}`, { signatures: [] }],
  [`POST /v1/subscriptions/${subscription}/signing-secret/reveal`],
  [`POST /v1/subscriptions/${subscription}/signing-secret/rotate`, { overlap_s: 0 }],
];

/** Of alerts: those of the organization, and new ones of its places, which owners may have. */
const hearing = (): readonly (readonly [string, unknown?])[] => [
  [`GET /v1/alerts/${ids["alert"]}`],
  [`PATCH /v1/alerts/${ids["alert"]}`, { form: "slack" }],
  [`POST /v1/alerts/${ids["alert"]}/test`],
  [`DELETE /v1/alerts/${ids["alert"]}`],
];
const subscribing = (): readonly (readonly [string, unknown?])[] => [
  ["POST /v1/subscriptions", { ...newSubscription, scope: { kind: "building", id: "building_a" } }],
  ["POST /v1/subscriptions", { ...newSubscription, scope: { kind: "tenant", id: "tenant_a" } }],
];
/** Of inboxes: one of the organization, and new ones of its places. */
const watching = (): readonly (readonly [string, unknown?])[] => [
  [`GET /v1/inboxes/${ids["inbox"]}/requests`],
  [`PATCH /v1/inboxes/${ids["inbox"]}/answer`, { status: 500 }],
  [`DELETE /v1/inboxes/${ids["inbox"]}`],
];
const watchingAnew = (): readonly (readonly [string, unknown?])[] => [
  ["GET /v1/inboxes?organization=org_a"],
  ["POST /v1/inboxes", { building: "building_a" }],
  ["POST /v1/inboxes", { tenant: "tenant_a" }],
];
const hearingAnew = (): readonly (readonly [string, unknown?])[] => [
  ["GET /v1/alerts?organization=org_a"],
  ["GET /v1/alerts/told?organization=org_a"],
  ["POST /v1/alerts", { url: "https://a.test", building: "building_a" }],
  ["POST /v1/alerts", { url: "https://a.test", tenant: "tenant_a" }],
];

const stateOf = async () => ({
  snapshot: await house.store.registry.snapshot("org_a"),
  audit: (await house.store.history.audit({ limit: 1_000, before: null })).items,
  totals: await house.store.history.totals(),
  keys: await house.store.registry.keys(),
  inboxes: house.inboxes.list(),
});

async function refused(key: string, routes: readonly (readonly [string, unknown?])[], who: string): Promise<void> {
  const before = await stateOf();
  for (const [what, body] of routes) {
    const { status, text } = await ask(house, what, { key, ...(body === undefined ? {} : { body }) });
    // A model or a key that names what is not the caller's is a wrong body.
    const expected = what === "POST /v1/keys" ? [403, 404, 422] : [403, 404];
    assert.ok(expected.includes(status), `${who}: ${what} answers ${status} ${text}`);
    assert.ok(!text.includes("tenant_a") && !text.includes("canary"), `${who}: ${what} tells ${text}`);
  }
  assert.deepEqual(await stateOf(), before, who);
}

test("a key of another organization gets and changes nothing, on any route", async () => {
  const everything = [
    ...reading().map((what) => [what] as const),
    ...managing(),
    ...owning(ids["subscription"]!),
    ...hearing(),
    ...subscribing(),
    ...watching(),
    ...linking(),
  ];
  for (const name of ["ofBuilding", "ofTenant"]) everything.push(...owning(ids[name]!));
  for (const role of ["organization", "viewer", "ingest"] satisfies Role[]) {
    const key = await keyFor(house, role, "org_b");
    await refused(key, [...everything, ...hearingAnew(), ...watchingAnew()], `${role} of org_b`);
  }
  // Even where the ids of its own place are those of the other organization.
  await refused(await keyFor(house, "building", "org_b", "building_a"), everything, "building of org_b");
  await refused(await keyFor(house, "tenant", "org_b", "tenant_a"), everything, "tenant of org_b");
});

test("a list that names no organization is the caller's own", async () => {
  for (const role of ["organization", "viewer"] satisfies Role[]) {
    const key = await keyFor(house, role, "org_b");
    for (const list of ["subscriptions", "events", "deliveries"]) {
      const { data } = (await ask(house, `GET /v1/${list}`, { key })).body;
      assert.deepEqual([data.length, data[0].organization], [1, "org_b"], list);
    }
    assert.equal((await ask(house, "GET /v1/building-model", { key })).body.organization.id, "org_b");
  }
  const keys = (await ask(house, "GET /v1/keys", { key: await keyFor(house, "organization", "org_b") })).body.data;
  assert.ok(keys.every(({ organization }: { organization: string }) => organization === "org_b"));
});

test("a viewer reads everything of its organization and changes nothing", async () => {
  const key = await keyFor(house, "viewer", "org_a");
  for (const what of reading()) assert.equal((await ask(house, what, { key })).status, 200, what);
  assert.equal((await ask(house, "GET /v1/events/event_of_both", { key })).body.organization, "org_a");
  const shown = await ask(house, `GET /v1/subscriptions/${ids["subscription"]}`, { key });
  assert.ok(!shown.text.includes("canary"), shown.text);
  await refused(
    key,
    [
      ...managing(),
      ...owning(ids["subscription"]!),
      ...owning(ids["ofTenant"]!),
      ...hearing(),
      ...hearingAnew(),
      ...subscribing(),
      ...watching(),
      ...watchingAnew(),
      ...linking(),
    ],
    "viewer",
  );
});

test("an organization's key can do all of it, so that the refusals above are of the key", async () => {
  const key = await keyFor(house, "organization", "org_a");
  for (const what of reading()) assert.equal((await ask(house, what, { key })).status, 200, what);
  for (const [what, body] of [...owning(ids["subscription"]!), ...owning(ids["ofTenant"]!)]) {
    const { status, text } = await ask(house, what, { key, ...(body === undefined ? {} : { body }) });
    assert.equal(status, what === "POST /v1/replays" ? 202 : 200, `${what}: ${text}`);
  }
  for (const [what, body] of [...hearing(), ...hearingAnew()]) {
    const { status, text } = await ask(house, what, { key, ...(body === undefined ? {} : { body }) });
    const expected =
      what === "POST /v1/alerts" ? 201 : what.endsWith("/test") ? 202 : what.startsWith("DELETE") ? 204 : 200;
    assert.equal(status, expected, `${what}: ${text}`);
  }
  for (const [what, body] of [...watching(), ...watchingAnew()]) {
    const { status, text } = await ask(house, what, { key, ...(body === undefined ? {} : { body }) });
    const expected = what.startsWith("POST") ? 201 : what.startsWith("DELETE") ? 204 : 200;
    assert.equal(status, expected, `${what}: ${text}`);
  }
  // The others are refused one that is there.
  makeInbox();
  await makeAlert("alert_2");
  await refused(key, [[`DELETE /v1/keys/${ids["operatorKey"]}`]], "organization");
});

test("keys of a building and of a tenant own what is theirs, also where both have the same id", async () => {
  const may = async (role: Role, target: string) => {
    const key = await keyFor(house, role, "org_a", target);
    const owned: string[] = [];
    for (const name of ["subscription", "ofBuilding", "ofTenant", "ofNamesake"]) {
      const what = `POST /v1/subscriptions/${ids[name]}/signing-secret/reveal`;
      if ((await ask(house, what, { key })).status === 200) owned.push(name);
    }
    await refused(key, [...managing(), ...hearing(), ...watching()], `${role} ${target}`);
    return owned;
  };
  assert.deepEqual(await may("building", "building_a"), ["ofBuilding", "ofTenant", "ofNamesake"]);
  assert.deepEqual(await may("tenant", "tenant_a"), ["ofTenant"]);
  assert.deepEqual(await may("tenant", "building_a"), ["ofNamesake"], "not the building of that name");
  assert.deepEqual(await may("building", "tenant_a"), [], "not the tenant of that name");
  assert.deepEqual(await may("building", "another"), []);
});

test("every route that names something of an organization is asked above", () => {
  const open = ["GET /v1/openapi.json", "GET /v1/server", "POST /v1/observations", "POST /v1/events"];
  const ofWhoAsks = ["GET /v1/session", "POST /v1/session", "DELETE /v1/session", "POST /v1/session-links"];
  const ofOperators = [
    "GET /v1/audit",
    "GET /v1/audit/verify",
    "GET /v1/organizations",
    "PATCH /v1/organizations/:id",
    "DELETE /v1/organizations/:id",
    "GET /v1/retention",
    "POST /v1/backups",
    "GET /v1/backups/:id",
    "GET /v1/backups/:id/database",
    "DELETE /v1/backups/:id",
  ];
  const others = [
    ...managing(),
    ...owning(ids["subscription"]!),
    ...hearing(),
    ...hearingAnew(),
    ...watching(),
    ...watchingAnew(),
    ...linking(),
  ];
  const asked = [...reading(), ...others.map(([what]) => what)];
  const patterns = new Set([...open, ...ofWhoAsks, ...ofOperators, ...asked].map(patternOf));
  const missing = house.server.routes
    .filter(({ method, path }) => method !== "HEAD" && path.startsWith("/v1/"))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !patterns.has(route));
  assert.deepEqual(missing, []);
});

/** `GET /v1/events/event_a?x=y` as its route: `GET /v1/events/:id`. */
const patternOf = (what: string): string =>
  what
    .replace("HEAD", "GET")
    .split("?", 1)[0]!
    .replace(/\/pictures\/.+/, "/pictures/:kind/:id")
    .replace(/\/(?:org_|webhook_|delivery_|event_|client_|replay_|alert_|inbox_|portal_)[^/]+/, "/:id");

test("keys of a building and of a tenant read their own subscriptions and deliveries, and no others", async () => {
  const deliveries: Record<string, string> = {};
  for (const name of ["ofBuilding", "ofTenant", "ofNamesake"]) {
    const subscription = await house.store.registry.subscription(ids[name]!, null);
    deliveries[name] = `delivery_${await addDelivery(house, subscription!, `event_${name}`)}`;
  }
  const may = async (role: Role, target: string) => {
    const key = await keyFor(house, role, "org_a", target);
    const nameOf = (id: string) => Object.keys(ids).find((name) => ids[name] === id);
    const listed = (await ask(house, "GET /v1/subscriptions", { key })).body.data.map(
      (each: { id: string }) => each.id,
    );
    const delivered = (await ask(house, "GET /v1/deliveries", { key })).body.data;
    const owners = delivered.map((each: { subscription: string }) => nameOf(each.subscription));
    const own = listed.map(nameOf).toSorted();
    assert.deepEqual(owners.toSorted(), own, role);
    for (const name of ["subscription", "ofBuilding", "ofTenant", "ofNamesake"]) {
      const status = own.includes(name) ? 200 : 404;
      assert.equal((await ask(house, `GET /v1/subscriptions/${ids[name]}`, { key })).status, status, `${role} ${name}`);
      const delivery = deliveries[name] ?? ids["delivery"];
      assert.equal((await ask(house, `GET /v1/deliveries/${delivery}`, { key })).status, status, `${role} ${name}`);
      const filtered = (await ask(house, `GET /v1/deliveries?subscription=${ids[name]}`, { key })).body.data;
      assert.equal(filtered.length, own.includes(name) ? 1 : 0, `${role} ${name}`);
    }
    assert.equal((await ask(house, "GET /v1/deliveries?organization=org_b", { key })).status, 404);
    assert.equal((await ask(house, "GET /v1/events", { key })).status, 403);
    return own;
  };
  assert.deepEqual(await may("building", "building_a"), ["ofBuilding", "ofNamesake", "ofTenant"]);
  assert.deepEqual(await may("tenant", "building_a"), ["ofNamesake"]);
  assert.deepEqual(await may("tenant", "tenant_a"), ["ofTenant"]);
});
