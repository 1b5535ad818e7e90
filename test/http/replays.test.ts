// /v1/replays: who may begin, see and cancel them, and what it answers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Subscription } from "../../src/model/subscription.ts";
import { accept, event } from "../contract/samples.ts";
import { addSubscription, ask, type House, keyFor, modelOf, openHouse, start } from "./fixture.ts";

let house: House;
let operator: string;
let whole: Subscription;
let ofBuilding: Subscription;
let ofTenant: Subscription;

const hour = 3_600_000;
const time = { from: start - hour, to: new Date(start).toISOString() };
const post = (key: string, body: object) => ask(house, "POST /v1/replays", { key, body: { ...time, ...body } });

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  for (const name of ["a", "b"]) await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
  const bindings = [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }];
  whole = await addSubscription(house, "org_a", { bindings, filters: null });
  ofBuilding = await addSubscription(house, "org_a", { bindings, scope: { kind: "building", id: "building_a" } });
  ofTenant = await addSubscription(house, "org_a", { bindings, scope: { kind: "tenant", id: "tenant_a" } });
  const at = start - 60_000;
  const scopes = '{"building":"building_a","room":"room_a"}';
  await accept(house.store, [event("event_1", { at, acceptedAt: at, scopes, body: '{"data":3}' })], "org_a");
});
after(() => house.close());

test("a job is answered at once, is audited, and says how far it is", async () => {
  const key = await keyFor(house, "organization", "org_a");
  const body = { subscription: whole.id, types: ["ROOM_OCCUPANCY"], spaces: ["room_a"], states: ["exhausted", "none"] };
  const { status, body: made } = await post(key, { ...body, per_second: 7 });
  assert.equal(status, 202);
  const expected = {
    organization: "org_a",
    subscription: whole.id,
    state: "running",
    reason: null,
    from: new Date(start - hour).toISOString(),
    to: new Date(start).toISOString(),
    types: ["ROOM_OCCUPANCY"],
    spaces: ["room_a"],
    states: ["exhausted", "none"],
    per_second: 7,
    done: 0,
    progress: 0,
    scanned_until: null,
    ended_at: null,
  };
  const { id, created_at, created_by, ...rest } = made;
  assert.match(id, /^replay_\w{27}$/);
  assert.deepEqual(rest, expected);
  assert.equal(created_at, new Date(house.clock.now()).toISOString());
  assert.ok(key.includes(created_by) || created_by.length > 0);
  assert.deepEqual((await ask(house, `GET /v1/replays/${id}`, { key })).body, made);
  const listed = (await ask(house, `GET /v1/replays?subscription=${whole.id}`, { key })).body;
  assert.deepEqual(listed, { data: [made], next: null });
  const cancelled = await ask(house, `POST /v1/replays/${id}/cancel`, { key });
  assert.deepEqual(
    [cancelled.status, cancelled.body.state, cancelled.body.reason],
    [200, "cancelling", "Somebody cancelled it."],
  );
  const { items } = await house.store.history.audit({ limit: 2, before: null });
  assert.deepEqual(
    items.map(({ action, object, actor }) => [action, object, actor]),
    [
      ["replay.cancel", id, created_by],
      ["replay.create", id, created_by],
    ],
  );
  assert.equal(JSON.parse(items[1]!.detail!).subscription, whole.id);
});

test("a dry run answers counts, a sample and the time it would take, and leaves no job and no trace", async () => {
  const key = await keyFor(house, "organization", "org_a");
  const count = async () => (await ask(house, "GET /v1/replays?limit=100", { key })).body.data.length;
  const before = await count();
  const audited = await house.store.history.audit({ limit: 1, before: null });
  const { status, body } = await post(key, { subscription: whole.id, dry_run: true, per_second: 1 });
  assert.equal(status, 202);
  assert.deepEqual(body, {
    dry_run: true,
    total: 1,
    per_second: 1,
    takes_s: 1,
    counts: [{ type: "ROOM_OCCUPANCY", hour: new Date(start - hour).toISOString(), count: 1 }],
    sample: [
      {
        id: "event_1",
        type: "ROOM_OCCUPANCY",
        subject: "room_1",
        at: new Date(start - 60_000).toISOString(),
        accepted_at: new Date(start - 60_000).toISOString(),
        body: '{"data":3}',
      },
    ],
    complete: true,
    scanned_until: new Date(start - 60_000).toISOString(),
    kept_from: new Date(start - 60_000).toISOString(),
    derived: null,
    not_kept: [],
  });
  assert.equal(await count(), before);
  assert.deepEqual(await house.store.history.audit({ limit: 1, before: null }), audited);
});

test("a draft is counted within the reach of the key, and never begun", async () => {
  const draft = { dialect: "butlr", types: ["ROOM_OCCUPANCY"], filters: { room_ids: ["room_a"] } };
  const dry = (key: string, more: object, organization?: string) =>
    post(key, { subscription: { ...draft, ...more }, dry_run: true, ...(organization && { organization }) });
  const key = await keyFor(house, "organization", "org_a");
  assert.equal((await dry(key, {})).body.total, 1);
  assert.equal((await dry(key, { filters: { room_ids: ["room_b"] } })).body.total, 0);
  assert.equal((await dry(key, { filters: { occupancy: { comparison: "gt", value: 3 } } })).body.total, 0);
  const building = await keyFor(house, "building", "org_a", "building_a");
  assert.equal((await dry(building, { scope: { kind: "building", id: "building_a" } })).body.total, 1);
  assert.equal((await dry(building, { scope: { kind: "tenant", id: "tenant_a" } })).body.total, 0);
  const tenant = await keyFor(house, "tenant", "org_a", "tenant_a");
  for (const [who, scope] of [
    [building, { kind: "organization" }],
    [building, { kind: "building", id: "building_b" }],
    [tenant, { kind: "building", id: "building_a" }],
    [tenant, { kind: "tenant", id: "tenant_b" }],
  ] as const) {
    const { status } = await dry(who, { scope });
    assert.equal(status, 404, JSON.stringify(scope));
  }
  assert.equal((await dry(key, {}, "org_b")).status, 404);
  const nameless = await dry(operator, {});
  assert.deepEqual([nameless.status, nameless.body.code], [400, "ORGANIZATION_REQUIRED"]);
  assert.equal((await dry(operator, {}, "org_a")).body.total, 1);
  const begun = await post(key, { subscription: draft });
  assert.deepEqual([begun.status, begun.body.code], [422, "INVALID"]);
  assert.match(begun.body.detail, /can only be counted: add `dry_run`: true/);
});

test("keys replay, see and cancel what is theirs, and hear of others what they hear of nothing", async () => {
  const keys = {
    operator,
    organization: await keyFor(house, "organization", "org_a"),
    building: await keyFor(house, "building", "org_a", "building_a"),
    tenant: await keyFor(house, "tenant", "org_a", "tenant_a"),
    viewer: await keyFor(house, "viewer", "org_a"),
    stranger: await keyFor(house, "organization", "org_b"),
  };
  const all = { whole, ofBuilding, ofTenant };
  const may: Record<keyof typeof keys, readonly string[]> = {
    operator: ["whole", "ofBuilding", "ofTenant"],
    organization: ["whole", "ofBuilding", "ofTenant"],
    building: ["ofBuilding", "ofTenant"],
    tenant: ["ofTenant"],
    viewer: [],
    stranger: [],
  };
  const nothing = (await ask(house, "GET /v1/replays/replay_none", { key: operator })).text;
  for (const [name, subscription] of Object.entries(all)) {
    const { id } = (await post(operator, { subscription: subscription.id })).body;
    for (const [role, key] of Object.entries(keys)) {
      const allowed = may[role as keyof typeof keys].includes(name);
      const who = `${role} and ${name}`;
      const begun = await post(key, { subscription: subscription.id, dry_run: true });
      assert.equal(begun.status, allowed ? 202 : role === "viewer" ? 403 : 404, who);
      const seen = await ask(house, `GET /v1/replays/${id}`, { key });
      const sees = allowed || role === "viewer";
      assert.equal(seen.status, sees ? 200 : 404, who);
      const plain = (text: string) => text.replaceAll(/"(?:instance|request_id|request)":"[^"]*"/g, "");
      if (!sees) assert.equal(plain(seen.text), plain(nothing), who);
      const listed = (await ask(house, "GET /v1/replays?limit=100", { key })).body.data as { id: string }[];
      assert.equal(
        listed.some((each) => each.id === id),
        sees,
        who,
      );
      if (!allowed) {
        const cancelled = await ask(house, `POST /v1/replays/${id}/cancel`, { key });
        assert.equal(cancelled.status, role === "viewer" ? 403 : 404, who);
      }
    }
    const owner = name === "ofTenant" ? keys.tenant : name === "ofBuilding" ? keys.building : keys.organization;
    assert.equal((await ask(house, `POST /v1/replays/${id}/cancel`, { key: owner })).body.state, "cancelling", name);
  }
});

test("bad input is refused with what is wrong about it", async () => {
  const bad = async (body: object, message: RegExp) => {
    const { status, text } = await post(operator, { subscription: whole.id, ...body });
    assert.equal(status, 422, text);
    assert.match(text, message);
  };
  await bad({ from: "yesterday" }, /from/);
  await bad({ to: time.from }, /`to` must be later than `from`/);
  await bad({ states: ["lost"] }, /states/);
  await bad({ types: ["TRAFFIC"] }, /does not take TRAFFIC\. It takes ROOM_OCCUPANCY/);
  await bad({ per_second: 0 }, /per_second/);
  await bad({ per_second: 2_001 }, /at most 2000 here/);
  await bad({ everything: true }, /everything/);
  assert.equal((await post(operator, { subscription: "webhook_none" })).status, 404);
});
