import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { deliveryId } from "../../src/model/delivery.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { addDelivery, addSubscription, ask, type House, keyFor, modelOf, openHouse, start } from "./fixture.ts";

let house: House;
let operator: string;

const audits = async () => (await house.store.history.audit({ limit: 1_000, before: null })).items;
const put = (model: unknown, key = operator) => ask(house, "PUT /v1/building-model", { key, body: model });

/** Reads a list to its end, page by page. */
async function pages(path: string, key: string, limit: number): Promise<{ id?: string; client_id?: string }[]> {
  const all = [];
  let cursor = "";
  for (;;) {
    const { status, body } = await ask(house, `GET ${path}${path.includes("?") ? "&" : "?"}limit=${limit}${cursor}`, {
      key,
    });
    assert.equal(status, 200);
    assert.ok(body.data.length <= limit);
    all.push(...body.data);
    if (body.next === null) return all;
    cursor = `&cursor=${encodeURIComponent(body.next)}`;
  }
}

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
});
after(() => house.close());

describe("the building model", () => {
  test("is replaced only at the revision that If-Match names", async () => {
    const key = await keyFor(house, "operator");
    const send = (revision: string) =>
      ask(house, "PUT /v1/building-model", { key, body: modelOf("revised"), headers: { "if-match": revision } });
    await put(modelOf("revised"));
    const { headers } = await ask(house, "GET /v1/building-model?organization=org_revised", { key });
    const etag = String(headers["etag"]);
    assert.match(etag, /^"[1-9]\d*"$/);
    assert.equal((await send(etag)).status, 200);
    for (const stale of ['"0"', "999"]) {
      const { status, body } = await send(stale);
      assert.deepEqual([status, body.code], [412, "REVISION_CHANGED"]);
    }
    assert.equal((await send("*")).status, 400);
    assert.equal((await ask(house, "PUT /v1/building-model?restore=perhaps", { key, body: {} })).status, 400);
  });

  test("is only checked by a dry run, which says every fault and what would go, and stores nothing", async () => {
    const first = (await put(modelOf("dry"))).body;
    const { id } = await addSubscription(house, "org_dry", { scope: { kind: "tenant", id: "tenant_dry" } });
    const dry = (body: unknown, headers = {}) =>
      ask(house, "PUT /v1/building-model?dry_run=true", { key: operator, body, headers });
    const stored = async () => {
      const { body, headers } = await ask(house, "GET /v1/building-model?organization=org_dry", { key: operator });
      return [body, headers["etag"], (await audits()).length];
    };
    const before = await stored();
    const changed = structuredClone(first);
    changed.sites[0].buildings[0].name = "Renamed";
    changed.sites[0].buildings[0].tenants = [];
    const shown = await dry(changed);
    assert.equal(shown.status, 200);
    assert.equal(shown.body.sites[0].buildings[0].name, "Renamed");
    assert.deepEqual(shown.body.removed_subscriptions, [id]);
    changed.sites[0].buildings[0].units[0].label = {};
    changed.sites[0].timezone = "Nowhere/Land";
    const { status, body } = await dry(changed);
    assert.deepEqual([status, body.code, body.problems.length], [422, "INVALID_MODEL", 2]);
    assert.equal((await dry(first, { "if-match": '"0"' })).body.code, "REVISION_CHANGED");
    assert.deepEqual(await stored(), before);
    const unknown = await dry(modelOf("unmade"));
    assert.deepEqual([unknown.status, unknown.body.organization.id], [200, "org_unmade"]);
    assert.equal((await ask(house, "GET /v1/building-model?organization=org_unmade", { key: operator })).status, 404);
  });

  test("is stored whole, comes back with its numbers, and putting it again changes nothing", async () => {
    const first = await put(modelOf("m"));
    assert.equal(first.status, 200);
    const building = first.body.sites[0].buildings[0];
    assert.ok(
      Number.isSafeInteger(building.butterflymx_id) && Number.isSafeInteger(building.tenants[0].butterflymx_id),
    );
    const got = await ask(house, "GET /v1/building-model?organization=org_m", { key: operator });
    assert.deepEqual(got.body, first.body);
    const before = (await house.store.registry.snapshot("org_m"))!.organization;
    assert.equal(before.name, "Organization m");
    for (const again of [modelOf("m"), got.body]) assert.deepEqual((await put(again)).body, first.body);
    assert.equal((await house.store.registry.snapshot("org_m"))!.organization.revision, before.revision);
    const actions = (await audits()).map(({ action }) => action);
    assert.deepEqual(actions.slice(0, 2), ["building_model.put", "organization.create"]);
  });

  test("shows viewers of the URL of a door bridge its host alone, and nothing else otherwise than others", async () => {
    const model = modelOf("bridge");
    Object.assign(model.sites[0]!.buildings[0]!, { door_bridge_url: "https://bridge.example:8443/only-secret" });
    const { body } = await put(model);
    assert.equal(body.sites[0].buildings[0].door_bridge_url, "https://bridge.example:8443/only-secret");
    const seenBy = async (role: "viewer" | "organization") =>
      (await ask(house, "GET /v1/building-model", { key: await keyFor(house, role, "org_bridge") })).body;
    assert.deepEqual(await seenBy("organization"), body);
    const seen = await seenBy("viewer");
    assert.equal(seen.sites[0].buildings[0].door_bridge_url, "https://bridge.example:8443/…");
    seen.sites[0].buildings[0].door_bridge_url = body.sites[0].buildings[0].door_bridge_url;
    assert.deepEqual(seen, body);
  });

  test("with faults nothing is stored and every fault is named", async () => {
    const bad = modelOf("bad");
    Object.assign(bad.sites[0]!, { timezone: "Nowhere/Land" });
    Object.assign(bad.sites[0]!.buildings[0]!.tenants[0]!, { unit_id: "unit_nowhere" });
    const { status, body } = await put(bad);
    assert.deepEqual([status, body.code], [422, "INVALID_MODEL"]);
    assert.ok(body.problems.length >= 2);
    for (const problem of body.problems) assert.deepEqual(Object.keys(problem).toSorted(), ["code", "message", "path"]);
    assert.equal(await house.store.registry.snapshot("org_bad"), null);
    for (const nothing of [null, [], "x", 7, {}]) assert.equal((await put(nothing)).status, 422);
    assert.equal((await ask(house, "PUT /v1/building-model", { key: operator })).status, 422);
  });

  test("ids of another organization are free", async () => {
    await put(modelOf("m"));
    const twin = modelOf("m");
    twin.organization.id = "org_twin";
    assert.equal((await put(twin)).status, 200);
  });

  test("what hangs on a building or tenant that is gone goes with it, audited", async () => {
    await put(modelOf("shrink"));
    const of = (scope: Subscription["scope"]) => addSubscription(house, "org_shrink", { scope });
    const whole = await of({ kind: "organization" });
    const inBuilding = await of({ kind: "building", id: "building_shrink" });
    const ofTenant = await of({ kind: "tenant", id: "tenant_shrink" });
    const smaller = modelOf("shrink");
    smaller.sites[0]!.buildings[0]!.tenants = [];
    const answer = await put(smaller);
    assert.deepEqual(answer.body.removed_subscriptions, [ofTenant.id]);
    const left = async () => (await house.store.registry.snapshot("org_shrink"))!.subscriptions.map(({ id }) => id);
    assert.deepEqual(await left(), [whole.id, inBuilding.id]);
    assert.ok(
      (await audits()).some(({ action, object }) => action === "subscription.delete" && object === ofTenant.id),
    );
    // The answer may be put as it is.
    const again = await put(answer.body);
    const { removed_subscriptions: _, ...model } = answer.body;
    assert.deepEqual([again.status, again.body], [200, model]);
    smaller.sites[0]!.buildings = [];
    await put(smaller);
    assert.deepEqual(await left(), [whole.id]);
  });

  test("an organization without a model gives an empty one that can be filled and put back", async () => {
    const key = await ask(house, "POST /v1/keys", { key: operator, body: { role: "organization", for: "org_empty" } });
    const empty = await ask(house, "GET /v1/building-model", { key: key.body.key });
    assert.deepEqual(empty.body, { organization: { id: "org_empty", name: "org_empty" }, sites: [] });
    assert.equal((await put(empty.body, key.body.key)).status, 200);
  });

  test("without an organization named there must be only one", async () => {
    const several = await ask(house, "GET /v1/building-model", { key: operator });
    assert.deepEqual([several.status, several.body.code], [400, "ORGANIZATION_REQUIRED"]);
    const fresh = await openHouse();
    const key = await keyFor(fresh, "operator");
    assert.equal((await ask(fresh, "GET /v1/building-model", { key })).status, 404);
    await ask(fresh, "PUT /v1/building-model", { key, body: modelOf("only") });
    const only = await ask(fresh, "GET /v1/building-model", { key });
    assert.equal(only.body.organization.id, "org_only");
    await fresh.close();
  });

  test("two at once leave one whole model, and both are told the truth", async () => {
    const renamed = (name: string) => ({ ...modelOf("race"), organization: { id: "org_race", name } });
    const answers = await Promise.all(["one", "two", "three"].map((name) => put(renamed(name))));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    const stored = (await house.store.registry.snapshot("org_race"))!;
    assert.equal(
      (JSON.parse(stored.model!.text!) as { organization: { name: string } }).organization.name,
      stored.organization.name,
    );
  });

  test("traps in JSON are refused", async () => {
    for (const text of [
      '{"__proto__":{"x":1}}',
      "[".repeat(500_000) + "]".repeat(500_000),
      "{",
      '{"a":{"__proto__":1}}',
    ]) {
      const { status, body } = await ask(house, "PUT /v1/building-model", { key: operator, text });
      assert.deepEqual([status, body.code], [400, "UNREADABLE_BODY"]);
    }
  });
});

describe("subscriptions", () => {
  let subscription: Subscription;
  before(async () => {
    subscription = await addSubscription(house, "org_s");
  });

  test("are shown without a secret, to viewers without anything of the endpoint but scheme, host and time limit", async () => {
    const path = `GET /v1/subscriptions/${subscription.id}`;
    const shown = await ask(house, path, { key: operator });
    assert.deepEqual(shown.body.endpoint, {
      url: "https://hooks.example.test/in?token=canary-query",
      timeout_ms: 5_000,
      has_api_key: true,
      api_key_header: "x-api-key",
      has_basic_auth: true,
      basic_auth_username: "bell",
      header_names: [],
      client_certificate: null,
      ca_certificates: null,
    });
    const viewer = await keyFor(house, "viewer", "org_s");
    const seen = await ask(house, path, { key: viewer });
    assert.deepEqual(seen.body.endpoint, {
      url: "https://hooks.example.test/…",
      timeout_ms: 5_000,
      has_api_key: null,
      api_key_header: null,
      has_basic_auth: null,
      basic_auth_username: null,
      header_names: null,
      client_certificate: null,
      ca_certificates: null,
    });
    const list = await ask(house, "GET /v1/subscriptions", { key: viewer });
    assert.deepEqual(list.body, { data: [seen.body], next: null });
    assert.ok(!/canary-(value|password)|Y2FuYXJ5/.test(shown.text + list.text));
    assert.ok(!list.text.includes("canary"));
  });

  test("are listed newest first, page by page, each once", async () => {
    const ids: string[] = [];
    for (let number = 0; number < 7; number++) ids.unshift((await addSubscription(house, "org_pages")).id);
    for (const limit of [1, 3, 7, 100]) {
      const listed = await pages("/v1/subscriptions?organization=org_pages", operator, limit);
      assert.deepEqual(
        listed.map(({ id }) => id),
        ids,
      );
    }
  });

  test("a cursor is good for its own list and filter only", async () => {
    const { body } = await ask(house, "GET /v1/subscriptions?organization=org_pages&limit=1", { key: operator });
    for (const path of ["/v1/subscriptions?", "/v1/subscriptions?organization=org_s&", "/v1/keys?", "/v1/events?"]) {
      const answer = await ask(house, `GET ${path}cursor=${body.next}`, { key: operator });
      assert.deepEqual([answer.status, answer.body.code], [400, "BAD_REQUEST"], path);
    }
    for (const query of ["cursor=x", "limit=0", "limit=101", "limit=x", "since=1", "dialect=seam"]) {
      assert.equal((await ask(house, `GET /v1/subscriptions?${query}`, { key: operator })).status, 400, query);
    }
  });

  test("disable and enable switch once and are audited", async () => {
    const { id } = await addSubscription(house, "org_switch");
    const turn = (verb: string) => ask(house, `POST /v1/subscriptions/${id}/${verb}`, { key: operator });
    house.clock.advance(1_000);
    const disabled = await turn("disable");
    assert.deepEqual([disabled.status, disabled.body.state], [200, "disabled"]);
    assert.match(disabled.body.disabled_reason, /operator API/);
    assert.equal((await turn("disable")).body.state, "disabled");
    const enabled = await turn("enable");
    assert.deepEqual([enabled.body.state, enabled.body.disabled_reason], ["active", null]);
    const own = (await audits()).filter(({ object }) => object === id).map(({ action }) => action);
    assert.deepEqual(own, ["subscription.enable", "subscription.disable", "subscription.create"]);
    assert.equal((await house.store.registry.subscription(id, null))!.endpoint.apiKey!.value, "canary-value");
  });

  test("pause and disable are kept apart: enable lifts one, resume both, and each act is audited once", async () => {
    const { id } = await addSubscription(house, "org_pause");
    const act = (verb: string) => ask(house, `POST /v1/subscriptions/${id}/${verb}`, { key: operator });
    const states = async (...verbs: readonly string[]) => {
      const seen = [];
      for (const verb of verbs) seen.push((await act(verb)).body.state);
      return seen;
    };
    house.clock.advance(1_000);
    const paused = await act("pause");
    assert.equal(paused.body.state, "paused");
    assert.equal(paused.body.paused.by, (await audits())[0]!.actor);
    assert.equal(Date.parse(paused.body.paused.at), house.clock.now());
    assert.deepEqual(await states("pause", "enable", "disable"), ["paused", "paused", "paused"]);
    assert.match((await act("pause")).body.disabled_reason, /operator API/);
    const enabled = await act("enable");
    assert.deepEqual([enabled.body.state, enabled.body.disabled_reason], ["paused", null]);
    assert.deepEqual(await states("disable", "resume", "resume"), ["paused", "active", "active"]);
    const own = (await audits()).filter(({ object }) => object === id).map(({ action }) => action.split(".")[1]);
    assert.deepEqual(own, ["resume", "disable", "enable", "disable", "pause", "create"]);
    assert.equal((await house.store.registry.subscription(id, null))!.endpoint.apiKey!.value, "canary-value");
  });

  test("what a paused subscription is owed is held", async () => {
    const subscription = await addSubscription(house, "org_held");
    await ask(house, `POST /v1/subscriptions/${subscription.id}/pause`, { key: operator });
    const number = await addDelivery(house, subscription, "event_held");
    const read = async () =>
      (await ask(house, `GET /v1/deliveries/${deliveryId(number)}`, { key: operator })).body.state;
    assert.equal(await read(), "held");
    await ask(house, `POST /v1/subscriptions/${subscription.id}/resume`, { key: operator });
    assert.equal(await read(), "pending");
  });

  test("the signing secret is revealed on demand, and every time it is audited", async () => {
    const reveal = () =>
      ask(house, `POST /v1/subscriptions/${subscription.id}/signing-secret/reveal`, { key: operator });
    const { signing_secret } = (await reveal()).body;
    assert.equal(signing_secret, subscription.signingSecrets[0]!.secret);
    await reveal();
    const entries = (await audits()).filter(({ action }) => action === "signing_secret.reveal");
    assert.equal(entries.length, 2);
    assert.ok(entries.every(({ object, actor }) => object === subscription.id && actor.startsWith("client_")));
    assert.ok(!JSON.stringify(await audits()).includes("whsec_"));
  });

  test("a new signing secret takes over at once, and those of before sign on until their overlap is over", async () => {
    const { id, signingSecrets } = await addSubscription(house, "org_rotate");
    const rotate = async (body?: object) =>
      ask(house, `POST /v1/subscriptions/${id}/signing-secret/rotate`, { key: operator, ...(body && { body }) });
    const iso = (seconds: number) => new Date(house.clock.now() + seconds * 1000).toISOString();
    const first = signingSecrets[0]!.secret;

    const { body: second } = await rotate({ overlap_s: 3600 });
    assert.notEqual(second.signing_secret, first);
    const ends = iso(3600);
    assert.deepEqual(second.signing_secrets, [
      { secret: first, until: ends },
      { secret: second.signing_secret, until: null },
    ]);
    const { body: third } = await rotate();
    assert.deepEqual(third.signing_secrets, [
      { secret: first, until: ends },
      { secret: second.signing_secret, until: iso(24 * 3600) },
      { secret: third.signing_secret, until: null },
    ]);
    const revealed = await ask(house, `POST /v1/subscriptions/${id}/signing-secret/reveal`, { key: operator });
    assert.deepEqual(revealed.body, third);
    const { body: alone } = await rotate({ overlap_s: 0 });
    assert.deepEqual(alone.signing_secrets, [{ secret: alone.signing_secret, until: null }]);

    for (const wrong of [{ overlap_s: -1 }, { overlap_s: 1.5 }, { overlap_s: "1" }, { overlap_s: 1e9 }, { overlap: 1 }])
      assert.equal((await rotate(wrong)).status, 422, JSON.stringify(wrong));
    for (let times = 0; times < 4; times++) assert.equal((await rotate()).status, 200);
    assert.deepEqual([(await rotate()).status, (await rotate()).body.code], [409, "CONFLICT"]);
    const entries = (await audits()).filter(
      ({ action, object }) => action === "signing_secret.rotate" && object === id,
    );
    assert.equal(entries.length, 7);
    assert.ok(!JSON.stringify(await audits()).includes("whsec_"));
  });

  test("further signatures are chosen as a whole, the standard one stays, and a key is made once", async () => {
    const { id } = await addSubscription(house, "org_signatures");
    const choose = (signatures: unknown) =>
      ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body: { signatures } });
    const shown = async () => (await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body;
    assert.deepEqual([(await shown()).signatures, (await shown()).public_key], [["standard"], null]);

    house.clock.advance(1_000);
    const all = await choose(["stripe", "ed25519", "github", "stripe"]);
    assert.deepEqual([all.status, all.body.signatures], [200, ["standard", "ed25519", "github", "stripe"]]);
    assert.match(all.body.public_key, /^whpk_/);
    assert.deepEqual(all.body, await shown());
    const own = async () =>
      (await audits()).filter(({ action, object }) => action === "subscription.signatures" && object === id);
    assert.equal((await own()).length, 1);
    assert.deepEqual((await choose(["standard", "github", "ed25519", "stripe"])).body, all.body);
    assert.equal((await own()).length, 1, "what changes nothing is not written");

    assert.deepEqual((await choose([])).body.signatures, ["standard"]);
    assert.equal((await shown()).public_key, null);
    assert.equal((await choose(["ed25519"])).body.public_key, all.body.public_key);
    assert.equal((await own())[0]!.detail, '{"signatures":["standard","ed25519"]}');
    for (const wrong of [["v1a"], "github", null, [null], undefined])
      assert.equal((await choose(wrong)).status, 422, JSON.stringify(wrong));
    assert.equal(
      (await ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body: { nickname: "x" } })).status,
      422,
    );
    assert.doesNotMatch(JSON.stringify([all.body, await audits()]), /whsk_|whsec_/);
  });

  test("options of a ButterflyMX integration are set one by one; what is left out stays, and secrets are never shown", async () => {
    const { id } = await addSubscription(house, "org_options", { dialect: "butterflymx" });
    const patch = (body: object) => ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body });
    const first = await patch({ headers: { "x-key": "top-secret" }, payload_format: "flat" });
    assert.deepEqual(
      [first.status, first.body.endpoint.header_names, first.body.payload_format, first.body.secrecy],
      [200, ["x-key"], "flat", false],
    );
    const second = (await patch({ secrecy: true })).body;
    assert.deepEqual([second.endpoint.header_names, second.payload_format, second.secrecy], [["x-key"], "flat", true]);
    const third = (await patch({ headers: null, secret: null, payload_format: null })).body;
    assert.deepEqual([third.endpoint.header_names, third.payload_format, third.secrecy], [[], "both", true]);
    assert.match(third.signing_secret, /^whsec_/);
    assert.doesNotMatch(JSON.stringify([first.body, second, await audits()]), /top-secret|whsec_/);
    assert.equal((await patch({ headers: { host: "x" } })).status, 422);
    assert.equal((await patch({})).status, 422);
    const names = Array.from({ length: 17 }, (_, index) => [`x-${index}`, "v"]);
    assert.equal((await patch({ headers: Object.fromEntries(names.slice(1)) })).status, 200);
    assert.equal((await patch({ headers: Object.fromEntries(names) })).status, 422);
    // What the signer would throw at, and the lane would never get over.
    for (const bad of [`whsec_${"A".repeat(33)}`, `whsec_${"A".repeat(88)}`]) {
      assert.equal((await patch({ secret: bad })).status, 422, bad);
    }
  });

  test("minutes are repeated for a Butlr webhook that asks for it, and for no integration", async () => {
    const { id } = await addSubscription(house, "org_repeats");
    const choose = (body: unknown, of = id) => ask(house, `PATCH /v1/subscriptions/${of}`, { key: operator, body });
    const shown = async () => (await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body;
    assert.equal((await shown()).repeat_minutes, 0);
    const five = await choose({ repeat_minutes: 5 });
    assert.deepEqual([five.status, five.body.repeat_minutes], [200, 5]);
    assert.deepEqual((await choose({ repeat_minutes: 5 })).body, five.body);
    assert.deepEqual((await choose({ signatures: ["github"] })).body.repeat_minutes, 5);
    const both = await choose({ signatures: [], repeat_minutes: 0 });
    assert.deepEqual([both.body.repeat_minutes, both.body.signatures], [0, ["standard"]]);
    assert.deepEqual(await shown(), both.body);
    const own = (await audits()).filter(
      ({ action, object }) => action === "subscription.repeat_minutes" && object === id,
    );
    assert.deepEqual(
      own.map(({ detail }) => detail),
      ['{"repeat_minutes":0}', '{"repeat_minutes":5}'],
    );

    for (const wrong of [1, "5", true, null]) {
      const refused = await choose({ repeat_minutes: wrong });
      assert.equal(refused.status, 422, JSON.stringify(wrong));
      assert.match(JSON.stringify(refused.body), /repeat_minutes.*0.*5/);
    }
    assert.match(JSON.stringify((await choose({})).body), /at least one/);
    const integration = await addSubscription(house, "org_repeats", { dialect: "butterflymx" });
    const refused = await choose({ repeat_minutes: 5 }, integration.id);
    assert.equal(refused.status, 422);
    assert.match(JSON.stringify(refused.body), /Butlr webhooks alone/);
  });

  test("both dialects choose an order and a mode, which are audited and survive other changes", async () => {
    for (const dialect of ["butlr", "butterflymx"] as const) {
      const { id } = await addSubscription(house, "org_orders", { dialect });
      const choose = (body: unknown) => ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body });
      const shown = async () => (await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body.order;
      assert.equal(await shown(), "none");
      const chosen = await choose({ order: "subject" });
      assert.deepEqual([chosen.status, chosen.body.order], [200, "subject"]);
      assert.deepEqual((await choose({ order: "subject" })).body, chosen.body);
      await choose({ signatures: ["github"] });
      assert.equal(await shown(), "subject");
      await choose({ order: "none" });
      assert.equal(await shown(), "none");
      const own = (await audits()).filter(({ action, object }) => action === "subscription.order" && object === id);
      assert.deepEqual(
        own.map(({ detail }) => detail),
        ['{"order":"none"}', '{"order":"subject"}'],
      );
      assert.deepEqual([(await choose({ mode: "latest" })).body.mode, chosen.body.mode], ["latest", "all"]);
      assert.equal((await choose({ mode: "newest" })).status, 422);
      for (const wrong of ["room", true, null]) {
        const refused = await choose({ order: wrong });
        assert.equal(refused.status, 422);
        assert.match(JSON.stringify(refused.body), /order.*none.*subject/);
      }
    }
  });

  test("a heartbeat is chosen in seconds, 0 and null end it, and it is audited", async () => {
    const { id } = await addSubscription(house, "org_beats");
    const choose = (heartbeat_s: unknown) =>
      ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body: { heartbeat_s } });
    assert.equal((await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body.heartbeat_s, null);
    assert.deepEqual((await choose(null)).body.heartbeat_s, null);
    for (const [given, shown] of [
      [10, 10],
      [86_400, 86_400],
      [0, null],
      [30, 30],
      [30, 30],
      [null, null],
    ]) {
      const { status, body } = await choose(given);
      assert.deepEqual([status, body.heartbeat_s], [200, shown], String(given));
    }
    const own = (await audits()).filter(({ action, object }) => action === "subscription.heartbeat" && object === id);
    assert.deepEqual(
      own.map(({ detail }) => detail).toReversed(),
      [10, 86_400, null, 30, null].map((each) => JSON.stringify({ heartbeat_s: each })),
    );
    for (const wrong of [9, 86_401, 10.5, -1, "30", true]) {
      assert.equal((await choose(wrong)).status, 422, JSON.stringify(wrong));
    }
  });

  test("rate limit and auto-disable are set for both dialects, one by one or together, and wrong ones are refused", async () => {
    for (const dialect of ["butlr", "butterflymx"] as const) {
      const { id } = await addSubscription(house, `org_pace_${dialect}`, { dialect });
      const patch = (body: object) => ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body });
      const shown = async () => (await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body;
      const paceOf = ({ rate_limit, auto_disable_after_s }: Record<string, unknown>) => [
        rate_limit,
        auto_disable_after_s,
      ];
      assert.deepEqual(paceOf(await shown()), [null, 5 * 24 * 3600]);
      const slow = await patch({ rate_limit: { per_second: 0.5 } });
      assert.deepEqual([slow.status, slow.body.rate_limit], [200, { per_second: 0.5, burst: 1 }]);
      assert.deepEqual((await patch({ rate_limit: { per_second: 20 } })).body.rate_limit, {
        per_second: 20,
        burst: 20,
      });
      const both = await patch({ rate_limit: { per_second: 20, burst: 3 }, auto_disable_after_s: 3600 });
      assert.deepEqual(paceOf(both.body), [{ per_second: 20, burst: 3 }, 3600]);
      assert.deepEqual(await shown(), both.body);
      assert.deepEqual((await patch({ auto_disable_after_s: 3600 })).body, both.body, "the same again changes nothing");
      assert.deepEqual(paceOf((await patch({ signatures: ["github"] })).body), [{ per_second: 20, burst: 3 }, 3600]);
      for (const never of [0, null]) {
        assert.equal((await patch({ auto_disable_after_s: never })).body.auto_disable_after_s, null);
      }
      assert.equal((await patch({ auto_disable_after_s: "default" })).body.auto_disable_after_s, 5 * 24 * 3600);
      assert.equal((await patch({ rate_limit: null })).body.rate_limit, null);
      const own = (await audits()).filter(({ object }) => object === id).map(({ action, detail }) => [action, detail]);
      assert.deepEqual(own.slice(0, 4), [
        ["subscription.rate_limit", '{"rate_limit":null}'],
        ["subscription.auto_disable", '{"auto_disable_after_s":"default"}'],
        ["subscription.auto_disable", '{"auto_disable_after_s":0}'],
        ["subscription.signatures", '{"signatures":["standard","github"]}'],
      ]);
      const wrong = [
        { rate_limit: { per_second: 0 } },
        { rate_limit: { per_second: -1 } },
        { rate_limit: { per_second: 1e9 } },
        { rate_limit: { per_second: 1, burst: 0.5 } },
        { rate_limit: { per_second: 1, burst: "2" } },
        { rate_limit: { per_second: 1, per_minute: 2 } },
        { rate_limit: { burst: 2 } },
        { rate_limit: 5 },
        { auto_disable_after_s: 59 },
        { auto_disable_after_s: -1 },
        { auto_disable_after_s: "5d" },
      ];
      for (const body of wrong) assert.equal((await patch(body)).status, 422, JSON.stringify(body));
    }
  });

  test("a rotation renews the key for ed25519 with the secret, and shows the public ones only", async () => {
    const { id } = await addSubscription(house, "org_keys");
    const post = async (verb: string, body: object = {}) =>
      (await ask(house, `POST /v1/subscriptions/${id}/signing-secret/${verb}`, { key: operator, body })).body;
    const choose = async (signatures: readonly string[]) =>
      (await ask(house, `PATCH /v1/subscriptions/${id}`, { key: operator, body: { signatures } })).body.public_key;
    const first = await choose(["ed25519"]);
    const rotated = await post("rotate", { overlap_s: 60 });
    const keys = rotated.signing_secrets.map(({ public_key }: { public_key?: string }) => public_key);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], first);
    assert.notEqual(keys[1], first);
    assert.equal((await ask(house, `GET /v1/subscriptions/${id}`, { key: operator })).body.public_key, keys[1]);
    const stored = (await house.store.registry.subscription(id, null))!.signingSecrets;
    assert.deepEqual(
      stored.map(({ key }) => key?.privateKey.slice(0, 5)),
      ["whsk_", "whsk_"],
    );
    assert.doesNotMatch(JSON.stringify([rotated, await post("reveal")]), /whsk_/);

    await choose([]);
    await post("rotate", { overlap_s: 0 });
    assert.equal((await house.store.registry.subscription(id, null))!.signingSecrets[0]!.key, undefined);
  });

  test("the key of a tenant or of the tenant's building reaches the tenant's signing secret, no other tenant's does", async () => {
    await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("owner") });
    const mine = { kind: "tenant", id: "tenant_owner" } as const;
    const { id } = await addSubscription(house, "org_owner", { scope: mine });
    const wide = await addSubscription(house, "org_owner");
    const reveal = async (role: "building" | "tenant", target: string, which = id) => {
      const key = await keyFor(house, role, "org_owner", target);
      return (await ask(house, `POST /v1/subscriptions/${which}/signing-secret/reveal`, { key })).status;
    };
    assert.equal(await reveal("tenant", "tenant_owner"), 200);
    assert.equal(await reveal("building", "building_owner"), 200);
    assert.equal(await reveal("tenant", "tenant_other"), 404);
    assert.equal(await reveal("building", "building_other"), 404);
    assert.equal(await reveal("building", "building_owner", wide.id), 404);
  });

  test("a removed one is gone, once", async () => {
    const { id } = await addSubscription(house, "org_gone");
    assert.equal((await ask(house, `DELETE /v1/subscriptions/${id}`, { key: operator })).status, 204);
    for (const what of [`DELETE /v1/subscriptions/${id}`, `GET /v1/subscriptions/${id}`]) {
      assert.equal((await ask(house, what, { key: operator })).status, 404);
    }
    assert.equal((await audits()).filter(({ object }) => object === id).length, 2);
  });
});

describe("the log", () => {
  let subscription: Subscription;
  let delivery: number;
  before(async () => {
    subscription = await addSubscription(house, "org_log");
    delivery = await addDelivery(house, subscription, "event_1");
    house.clock.advance(1_000);
    await addDelivery(house, subscription, "event_2");
  });

  test("events come newest first with their exact payload, and since narrows them", async () => {
    const list = await ask(house, "GET /v1/events?organization=org_log", { key: operator });
    assert.deepEqual(
      list.body.data.map(({ id }: { id: string }) => id),
      ["event_2", "event_1"],
    );
    const one = await ask(house, "GET /v1/events/event_1", { key: operator });
    assert.equal(one.body.body, '{"id":"event_1","n":1.0}');
    assert.deepEqual(list.body.data[1], one.body);
    const later = new Date(Date.parse(one.body.accepted_at) + 1);
    for (const since of [later.toISOString(), String(later.getTime()), "2026-06-17T00:00:00%2B02:00"]) {
      const since_ = await ask(house, `GET /v1/events?organization=org_log&since=${since}`, { key: operator });
      assert.equal(since_.status, 200);
      assert.equal(since_.body.data.length, since.startsWith("2026-06-17T00") ? 2 : 1, since);
    }
    assert.equal((await ask(house, "GET /v1/events?since=yesterday", { key: operator })).status, 400);
    assert.deepEqual((await pages("/v1/events?organization=org_log", operator, 1)).length, 2);
  });

  test("deliveries tell their state, and one alone tells its attempts with the answer as it was", async () => {
    const list = await ask(house, `GET /v1/deliveries?subscription=${subscription.id}&state=pending`, {
      key: operator,
    });
    assert.equal(list.body.data.length, 2);
    const { body } = await ask(house, `GET /v1/deliveries/${deliveryId(delivery)}`, { key: operator });
    assert.deepEqual(
      [body.id, body.event, body.subscription, body.state, body.attempt_count],
      [deliveryId(delivery), "event_1", subscription.id, "pending", 1],
    );
    assert.equal(body.attempts.length, 1);
    const { code, status, response, response_encoding } = body.attempts[0];
    assert.deepEqual([code, status, response, response_encoding], ["http_error", 500, "/wA=", "base64"]);
    const none = await ask(house, `GET /v1/deliveries?subscription=${subscription.id}&state=delivered`, {
      key: operator,
    });
    assert.deepEqual(none.body, { data: [], next: null });
    assert.equal((await ask(house, "GET /v1/deliveries?state=odd", { key: operator })).status, 400);
    for (const id of ["delivery_999999", "delivery_0", "delivery_x", "1", "%00"]) {
      assert.equal((await ask(house, `GET /v1/deliveries/${id}`, { key: operator })).status, 404, id);
    }
  });

  test("deliveries are narrowed by outcome, event, type, subject and both ends of time, alone and together", async () => {
    const of = async (filter: string): Promise<string[]> => {
      const { status, body } = await ask(house, `GET /v1/deliveries?subscription=${subscription.id}&${filter}`, {
        key: operator,
      });
      assert.equal(status, 200, filter);
      return body.data.map(({ event }: { event: string }) => event);
    };
    const both = ["event_2", "event_1"];
    assert.deepEqual(await of("code=http_error"), both);
    assert.deepEqual(await of("code=delivered"), []);
    assert.deepEqual(await of("event=event_1"), ["event_1"]);
    assert.deepEqual(await of("event=event_9"), []);
    assert.deepEqual(await of("type=TRAFFIC"), both);
    assert.deepEqual(await of("type=DETECTIONS"), []);
    assert.deepEqual(await of("subject=sensor_1"), both);
    assert.deepEqual(await of("subject=sensor_2"), []);
    const second = (await ask(house, `GET /v1/deliveries?event=event_2`, { key: operator })).body.data[0];
    const at = Date.parse(second.created_at);
    assert.deepEqual(await of(`until=${at}`), ["event_1"]);
    assert.deepEqual(await of(`until=${at + 1}`), both);
    assert.deepEqual(await of(`since=${at}`), ["event_2"]);
    assert.deepEqual(await of(`since=${at - 1_000}&until=${at}&code=http_error&subject=sensor_1`), ["event_1"]);
    assert.equal((await ask(house, "GET /v1/deliveries?code=odd", { key: operator })).status, 400);
    assert.equal((await ask(house, "GET /v1/deliveries?until=tomorrow", { key: operator })).status, 400);
  });

  test("a resend is a new delivery of the same event, audited; without its subscription it is refused", async () => {
    const again = await ask(house, `POST /v1/deliveries/${deliveryId(delivery)}/resend`, { key: operator });
    assert.equal(again.status, 202);
    assert.notEqual(again.body.id, deliveryId(delivery));
    const { body } = await ask(house, `GET /v1/deliveries/${again.body.id}`, { key: operator });
    assert.deepEqual([body.event, body.attempt_count], ["event_1", 0]);
    assert.deepEqual((await audits())[0]!.action, "delivery.resend");
    const gone = await addSubscription(house, "org_log");
    const orphan = await addDelivery(house, gone, "event_3");
    await ask(house, `DELETE /v1/subscriptions/${gone.id}`, { key: operator });
    const refused = await ask(house, `POST /v1/deliveries/${deliveryId(orphan)}/resend`, { key: operator });
    assert.deepEqual([refused.status, refused.body.code], [409, "CONFLICT"]);
  });

  test("audit and organizations are read page by page", async () => {
    const entries = await pages("/v1/audit", operator, 5);
    assert.equal(entries.length, (await audits()).length);
    const listed = await pages("/v1/organizations", operator, 2);
    assert.equal(listed.length, (await house.store.registry.organizations()).length);
  });
});

describe("keys", () => {
  const make = (body: unknown, key = operator) => ask(house, "POST /v1/keys", { key, body });

  test("are made for a role and a place, shown once, and work", async () => {
    await put(modelOf("k"));
    const targets = {
      operator: undefined,
      ingest: "org_k",
      organization: "org_k",
      viewer: "org_k",
      building: "building_k",
      tenant: "tenant_k",
    };
    for (const [role, target] of Object.entries(targets)) {
      const { status, body } = await make(target === undefined ? { role } : { role, for: target });
      assert.equal(status, 201, role);
      assert.deepEqual(Object.keys(body), ["client_id", "client_secret", "key"]);
      const principal = await house.authenticator.principal(`Bearer ${body.key}`);
      assert.equal(principal!.role, role);
      assert.equal(principal!.organization, role === "operator" ? null : "org_k");
      const list = await ask(house, "GET /v1/keys", { key: operator });
      assert.ok(!list.text.includes(body.client_secret));
      assert.equal(list.body.data.filter((one: { client_id: string }) => one.client_id === body.client_id).length, 1);
    }
  });

  test("a building may be named by its number, and the key gets its id", async () => {
    const { body } = await ask(house, "GET /v1/building-model?organization=org_k", { key: operator });
    const made = await make({ role: "building", for: String(body.sites[0].buildings[0].butterflymx_id) });
    assert.deepEqual((await house.authenticator.principal(`Bearer ${made.body.key}`))!.targets, ["building_k"]);
  });

  test("a key may be for several buildings or tenants of one organization, and each counts once", async () => {
    const model = modelOf("k");
    const [site] = model.sites;
    const [building] = site!.buildings;
    const tenants = [...building!.tenants, { id: "tenant_k2", unit_id: "unit_k" }];
    const second = { id: "building_k2", name: "Second", floors: [] };
    const placed = await put({ ...model, sites: [{ ...site!, buildings: [{ ...building!, tenants }, second] }] });
    assert.equal(placed.status, 200, placed.text);
    const targetsOf = async (role: string, ids: readonly string[]) => {
      const { status, body } = await make({ role, for: ids });
      assert.equal(status, 201);
      const row = (await pages("/v1/keys", operator, 100)).find((one) => one.client_id === body.client_id);
      const principal = await house.authenticator.principal(`Bearer ${body.key}`);
      assert.deepEqual((row as unknown as { targets: unknown }).targets, principal!.targets);
      return principal!.targets;
    };
    const all = ["tenant_k", "tenant_k2"];
    assert.deepEqual(await targetsOf("tenant", [...all, "tenant_k"]), all);
    assert.deepEqual(await targetsOf("building", ["building_k2", "building_k"]), ["building_k2", "building_k"]);
    assert.deepEqual(await targetsOf("building", ["building_k"]), ["building_k"]);
    assert.deepEqual(await targetsOf("viewer", ["org_k"]), []);

    await put(modelOf("apart"));
    const own = (await make({ role: "organization", for: "org_k" })).body.key;
    const refused: readonly object[] = [
      { role: "tenant", for: [] },
      { role: "tenant", for: ["tenant_k", "tenant_none"] },
      { role: "tenant", for: ["tenant_k", "building_k"] },
      { role: "tenant", for: ["tenant_k", "tenant_apart"] },
      { role: "building", for: ["building_k", "building_apart"] },
      { role: "viewer", for: ["org_k", "org_apart"] },
      { role: "operator", for: [], more: 1 },
      { role: "tenant", for: Array.from({ length: 65 }, () => "tenant_k") },
    ];
    for (const body of refused) assert.equal((await make(body)).status, 422, JSON.stringify(body));
    // To a key of one organization another's tenant is like none.
    const texts = [];
    for (const other of ["tenant_none", "tenant_apart"]) {
      texts.push((await make({ role: "tenant", for: ["tenant_k", other] }, own)).text);
    }
    assert.equal(texts[0], texts[1]);
  });

  test("what makes no sense is refused", async () => {
    const bad = [
      {},
      { role: "king" },
      { role: "ingest" },
      { role: "operator", for: "org_k" },
      { role: "building", for: "x" },
      { role: "viewer", for: "a b" },
      { role: "viewer", for: "org_k", more: 1 },
      null,
      [],
    ];
    for (const body of bad) assert.deepEqual((await make(body)).status, 422, JSON.stringify(body));
  });

  test("an organization key makes and sees keys of its own organization and no others", async () => {
    const own = (await make({ role: "organization", for: "org_k" })).body.key;
    assert.equal((await make({ role: "ingest", for: "org_k" }, own)).status, 201);
    assert.equal((await make({ role: "tenant", for: "tenant_k" }, own)).status, 201);
    assert.equal((await make({ role: "operator" }, own)).status, 403);
    await put(modelOf("other"));
    const foreign = await make({ role: "building", for: "building_other" }, own);
    assert.deepEqual(
      [foreign.status, foreign.text],
      [422, (await make({ role: "building", for: "building_none" }, own)).text],
    );
    const elsewhere = await make({ role: "viewer", for: "org_other" }, own);
    assert.deepEqual(
      [elsewhere.status, elsewhere.text],
      [422, (await make({ role: "viewer", for: "org_none" }, own)).text],
    );
    assert.equal(await house.store.registry.snapshot("org_none"), null);
    const listed = (await ask(house, "GET /v1/keys", { key: own })).body.data;
    assert.ok(listed.length > 0 && listed.every((one: { organization: string }) => one.organization === "org_k"));
  });

  test("a revoked key is refused at once, stays in the list, and may be revoked again", async () => {
    const { client_id, key } = (await make({ role: "viewer", for: "org_k" })).body;
    assert.equal((await ask(house, "GET /v1/events", { key })).status, 200);
    for (let time = 0; time < 2; time++) {
      assert.equal((await ask(house, `DELETE /v1/keys/${client_id}`, { key: operator })).status, 204);
    }
    const refused = await ask(house, "GET /v1/events", { key });
    assert.deepEqual([refused.status, refused.headers["www-authenticate"]], [401, "Bearer"]);
    const listed = await pages("/v1/keys", operator, 100);
    const row = listed.find((one) => one.client_id === client_id) as unknown as { revoked_at: string };
    assert.equal(Date.parse(row.revoked_at), house.clock.now());
    assert.ok(house.clock.now() >= start);
    assert.equal(
      (await audits()).filter(({ action, object }) => action === "key.revoke" && object === client_id).length,
      1,
    );
  });

  test("lists of keys page without losing one", async () => {
    const all = (await house.store.registry.keys()).map(({ id }) => id).toSorted();
    const listed = (await pages("/v1/keys", operator, 3)).map(({ client_id }) => client_id!).toSorted();
    assert.deepEqual(listed, all);
  });
});

test("where there is no body, no content type is refused", async () => {
  const house = await openHouse();
  const key = await keyFor(house, "operator");
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "nonsense"]) {
    await house.store.registry.ensureOrganization("org_a", "A", {
      at: 0,
      actor: "test",
      action: "organization.create",
      object: "org_a",
      detail: null,
    });
    const { id } = await addSubscription(house, "org_a");
    const headers = { "content-type": type };
    const path = `/v1/subscriptions/${id}`;
    assert.equal((await ask(house, `GET ${path}`, { key, headers })).status, 200, type);
    assert.equal((await ask(house, `POST ${path}/disable`, { key, headers, text: "" })).status, 200, type);
    assert.equal((await ask(house, `POST ${path}/enable`, { key, headers, text: "a=b" })).status, 415, type);
    assert.equal((await ask(house, `DELETE ${path}`, { key, headers, text: "" })).status, 204, type);
  }
  await house.close();
});
