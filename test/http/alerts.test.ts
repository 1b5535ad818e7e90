// /v1/alerts: whose alerts a key makes, what it may hear of, and what is shown of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { OpenAlert } from "../../src/alerts/alerts-port.ts";
import { alertKinds } from "../../src/model/alert.ts";
import { installation } from "../../src/model/organization.ts";
import { addSubscription, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
const keys: Record<string, string> = {};

before(async () => {
  house = await openHouse();
  keys["operator"] = await keyFor(house, "operator");
  for (const name of ["a", "b"]) {
    await ask(house, "PUT /v1/building-model", { key: keys["operator"], body: modelOf(name) });
  }
  keys["organization"] = await keyFor(house, "organization", "org_a");
  keys["building"] = await keyFor(house, "building", "org_a", "building_a");
  keys["tenant"] = await keyFor(house, "tenant", "org_a", "tenant_a");
});
after(() => house.close());

const url = "https://hooks.example.test/in";
const post = (who: string, body: object = {}, headers: Record<string, string> = {}) =>
  ask(house, "POST /v1/alerts", { key: keys[who]!, body: { url, ...body }, headers });

test("a new alert is of all that its key may hear of, and says where, how and with which secret", async () => {
  const homes = [];
  for (const who of ["operator", "organization", "building", "tenant"]) {
    const { status, body } = await post(who);
    assert.equal(status, 201);
    homes.push([body.organization, body.building, body.tenant]);
    assert.deepEqual([body.url, body.form, body.kinds, body.state], [url, "json", null, "active"]);
    assert.match(body.id, /^alert_[0-9A-Za-z]{27}$/);
    assert.match(body.signing_secret, /^whsec_/);
    const shown = await ask(house, `GET /v1/alerts/${body.id}`, { key: keys[who]! });
    assert.deepEqual([shown.status, shown.body.id, shown.body.signing_secret], [200, body.id, undefined]);
  }
  assert.deepEqual(homes, [
    [null, null, null],
    ["org_a", null, null],
    ["org_a", "building_a", null],
    ["org_a", null, "tenant_a"],
  ]);
});

test("an operator makes them for an organization, and for a building or a tenant of it", async () => {
  const named = await post("operator", {}, { "belfry-organization": "org_b" });
  assert.equal(named.body.organization, "org_b");
  const building = await post("operator", { building: "building_b" });
  assert.deepEqual([building.body.organization, building.body.building], ["org_b", "building_b"]);
  const tenant = await post("organization", { tenant: "tenant_a" });
  assert.equal(tenant.body.tenant, "tenant_a");
  assert.equal((await post("organization", { tenant: "tenant_b" })).status, 404);
  assert.equal((await post("operator", {}, { "belfry-organization": "org_none" })).status, 404);
  assert.match((await post("operator", { building: "b", tenant: "t" })).body.detail, /not both/);
});

test("a key of several buildings names one of them", async () => {
  const model = modelOf("a");
  model.sites[0]!.buildings.push({ ...modelOf("c").sites[0]!.buildings[0]!, id: "building_c" });
  await ask(house, "PUT /v1/building-model", { key: keys["operator"]!, body: model });
  const who = { role: "building", organization: "org_a", targets: ["building_a", "building_c"] } as const;
  keys["several"] = (await house.keys.issue(who, "test")).key;
  const none = await post("several");
  assert.deepEqual([none.status, none.body.code], [422, "INVALID"]);
  assert.match(none.body.detail, /name one of them in `building`/);
  assert.equal((await post("several", { building: "building_c" })).body.building, "building_c");
});

test("only what the owner may hear of is taken, and the refusal says what that is", async () => {
  for (const kind of alertKinds) {
    assert.equal((await post("operator", { kinds: [kind] })).status, 201, kind);
  }
  const refused = await post("tenant", { kinds: ["sensor.offline", "subscription.failing"] });
  assert.equal(refused.status, 422);
  assert.match(
    refused.body.detail,
    /A tenant cannot hear of sensor\.offline: leave that out\. It can of subscription\.failing,/,
  );
  assert.equal((await post("organization", { kinds: ["disk.low"] })).status, 422);
  assert.equal((await post("organization", { kinds: ["sensor.offline"] })).status, 201);
  for (const body of [
    { kinds: [] },
    { kinds: ["disk.lost"] },
    { form: "email" },
    { url: "http://plain.test" },
    { more: 1 },
  ]) {
    assert.equal((await post("organization", body)).status, 422, JSON.stringify(body));
  }
});

test("an owner has twenty at most", async () => {
  let last = await post("operator");
  for (let more = 0; more < 25 && last.status === 201; more++) last = await post("operator");
  assert.deepEqual([last.status, last.body.code], [409, "CONFLICT"]);
  const { data } = (await ask(house, "GET /v1/alerts?limit=100", { key: keys["operator"]! })).body;
  assert.equal(data.filter((each: { organization: string | null }) => each.organization === null).length, 20);
});

test("each sees its own and what it manages, newest first", async () => {
  const listed = async (who: string, query = "") =>
    (await ask(house, `GET /v1/alerts?limit=100${query}`, { key: keys[who]! })).body.data as {
      organization: string;
      building: string | null;
      tenant: string | null;
    }[];
  const of = (all: Awaited<ReturnType<typeof listed>>) =>
    [...new Set(all.map(({ organization, building, tenant }) => tenant ?? building ?? organization))].toSorted();
  assert.deepEqual(of(await listed("tenant")), ["tenant_a"]);
  assert.deepEqual(of(await listed("building")), ["building_a", "tenant_a"]);
  assert.deepEqual(of(await listed("organization")), ["building_a", "building_c", "org_a", "tenant_a"]);
  assert.deepEqual(of(await listed("operator", "&organization=org_b")), ["building_b", "org_b"]);
});

test("a change keeps what it does not name, enables, and makes a new secret on demand", async () => {
  const { body: made } = await post("organization", { kinds: ["sensor.offline"], form: "slack" });
  const stored = (await house.store.registry.subscription(made.id, null))!;
  const entry = { at: 0, actor: "test", action: "test", object: made.id, detail: null };
  const disabled = { ...stored, state: "disabled", disabledReason: "The receiver answered 410 Gone." } as const;
  await house.store.registry.change({ organization: "org_a", revision: null, put: [disabled], audit: [entry] });
  const patch = (body: object) => ask(house, `PATCH /v1/alerts/${made.id}`, { key: keys["organization"]!, body });
  const shown = await ask(house, `GET /v1/alerts/${made.id}`, { key: keys["organization"]! });
  assert.deepEqual([shown.body.state, shown.body.disabled_reason], ["disabled", "The receiver answered 410 Gone."]);
  const moved = await patch({ url: "https://other.test/" });
  assert.deepEqual(
    [moved.body.url, moved.body.form, moved.body.kinds, moved.body.state, moved.body.signing_secret],
    ["https://other.test/", "slack", ["sensor.offline"], "active", undefined],
  );
  const changed = await patch({ form: "teams", kinds: null, secret: null });
  assert.deepEqual([changed.body.form, changed.body.kinds], ["teams", null]);
  assert.notEqual(changed.body.signing_secret, made.signing_secret);
  assert.equal((await patch({})).status, 422);
  assert.equal((await patch({ kinds: ["disk.low"] })).status, 422);
  assert.equal((await patch({ url: "http://plain.test" })).status, 422);
});

test("an alert is no subscription: neither listed, shown, changed nor replayed as one, and the other way round", async () => {
  const { id } = (await post("organization", { tenant: "tenant_a" })).body;
  const key = keys["operator"]!;
  const { id: webhook } = await addSubscription(house, "org_a");
  const { data } = (await ask(house, "GET /v1/subscriptions?limit=100", { key })).body;
  assert.deepEqual(
    data.map((each: { id: string }) => each.id),
    [webhook],
  );
  const replay = { subscription: id, from: 0, to: 1 };
  for (const [what, body] of [
    [`GET /v1/subscriptions/${id}`],
    [`DELETE /v1/subscriptions/${id}`],
    [`PATCH /v1/subscriptions/${id}`, { signatures: [] }],
    [`POST /v1/subscriptions/${id}/pause`],
    [`POST /v1/subscriptions/${id}/signing-secret/reveal`],
    ["POST /v1/replays", replay],
    [`GET /v1/alerts/${webhook}`],
    [`DELETE /v1/alerts/${webhook}`],
  ] as const) {
    const answer = await ask(house, what, { key, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, 404, what);
  }
});

test("the home of an operator's alerts is no organization that anybody sees", async () => {
  const key = keys["operator"]!;
  const { data } = (await ask(house, "GET /v1/organizations", { key })).body;
  assert.deepEqual(
    data.map(({ id }: { id: string }) => id),
    ["org_b", "org_a"],
  );
  const confirmed = encodeURIComponent(installation);
  const gone = await ask(house, `DELETE /v1/organizations/${confirmed}?confirm=${confirmed}`, { key });
  assert.equal(gone.status, 404);
  assert.equal(
    (await ask(house, "POST /v1/keys", { key, body: { role: "organization", for: installation } })).status,
    422,
  );
});

test("what is wrong stands newest first, and buildings and tenants see what is theirs alone", async (t) => {
  const matter = (id: string, since: number, whose: object = {}): OpenAlert => ({
    key: `subscription\norg_a\n${id}`,
    kind: "subscription.failing",
    type: "subscription",
    id,
    name: null,
    organization: "org_a",
    building: null,
    tenant: null,
    since,
    text: `${id} fails.`,
    help: "A subscription fails",
    ...whose,
  });
  const all = [
    matter("of_all", 1),
    matter("of_building", 3, { building: "building_a" }),
    matter("of_tenant", 2, { building: "building_a", tenant: "tenant_a" }),
    matter("of_namesake", 4, { building: "building_z", tenant: "building_a" }),
  ];
  const asked: (string | null)[] = [];
  const other = await openHouse({
    alerts: {
      async open(organization) {
        asked.push(organization);
        return all;
      },
    },
  });
  t.after(() => other.close());
  const operator = await keyFor(other, "operator");
  await ask(other, "PUT /v1/building-model", { key: operator, body: modelOf("a") });
  const seen = async (key: string, query = "") =>
    (await ask(other, `GET /v1/alerts/open${query}`, { key })).body.data.map(({ id }: { id: string }) => id);
  const everything = ["of_namesake", "of_building", "of_tenant", "of_all"];
  assert.deepEqual(await seen(operator), everything);
  assert.deepEqual(await seen(await keyFor(other, "viewer", "org_a")), everything);
  assert.deepEqual(await seen(await keyFor(other, "building", "org_a", "building_a")), ["of_building", "of_tenant"]);
  assert.deepEqual(await seen(await keyFor(other, "tenant", "org_a", "tenant_a")), ["of_tenant"]);
  assert.deepEqual(asked, [null, "org_a", "org_a", "org_a"]);
  const { body } = await ask(other, "GET /v1/alerts/open?limit=3", { key: operator });
  assert.deepEqual(await seen(operator, `?limit=3&cursor=${encodeURIComponent(body.next)}`), ["of_all"]);
});

test("every change is audited, without the URL", async () => {
  const { id } = (await post("organization", { tenant: "tenant_a" })).body;
  await ask(house, `PATCH /v1/alerts/${id}`, { key: keys["organization"]!, body: { form: "slack", url } });
  await ask(house, `POST /v1/alerts/${id}/test`, { key: keys["organization"]! });
  assert.equal((await ask(house, `DELETE /v1/alerts/${id}`, { key: keys["organization"]! })).status, 204);
  assert.equal((await ask(house, `DELETE /v1/alerts/${id}`, { key: keys["organization"]! })).status, 404);
  const { items } = await house.store.history.audit({ limit: 4, before: null });
  assert.deepEqual(
    items.map(({ action, object }) => [action, object]),
    ["delete", "test", "update", "create"].map((act) => [`alert.${act}`, id]),
  );
  assert.ok(!JSON.stringify(items).includes("hooks.example"));
});
