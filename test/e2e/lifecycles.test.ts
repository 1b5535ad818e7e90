// Whole lives of the clients that people have for the vendor's API, on a running server: a home's app, a mobile SDK and a back
// office, and the requests of the vendor's guide as they are printed there.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { faultsOfDelivery } from "../dialects/butterflymx/contracts/deliveries.ts";
import type { HttpsReceiver, Received } from "../fixtures/https-receiver.ts";
import { until } from "../fixtures/until.ts";
import { call, makePlace, type Server, serve, startReceiver } from "./harness.ts";
import {
  house,
  annex,
  mainPanel,
  yardPanel,
  mainDoor,
  yardDoor,
  annexDoor,
  kim,
  kimStudio,
  alex,
  unitOfKim,
  unitOfAlex,
  model,
  ringing,
  opened,
  integration,
  bind,
} from "./lives.ts";
import { type App, openApp, refresh, signIn, token } from "./person.ts";
import { keyFor } from "./third-party-client.ts";
import { printed } from "./vendor-guide.ts";

let server: Server;
let receiver: HttpsReceiver;
let bridge: HttpsReceiver;

before(async () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  server = await serve(makePlace(), { BELFRY_DOOR_BRIDGE_SECRET: secret });
  [receiver, bridge] = [await startReceiver(), await startReceiver()];
  const put = await call(`${server.url}/v1/building-model`, {
    method: "PUT",
    key: server.key,
    body: model(`${bridge.url}/open`),
  });
  assert.equal(put.status, 200, JSON.stringify(put.body));
});

const observe = async (...observations: object[]) => {
  const { status, body } = await call(`${server.url}/v1/observations`, { key: server.key, body: observations });
  assert.equal(status, 202, JSON.stringify(body));
};
/** All pages, as clients read lists that are not about events. */
async function everything(app: App, list: string): Promise<{ id: number; building_id: number }[]> {
  const items = [];
  for (let page: number | null = 1; page !== null; ) {
    const { status, body } = await app.ask(`/v4/${list}${list.includes("?") ? "&" : "?"}page=${page}&per=100`);
    assert.equal(status, 200, list);
    items.push(...body.data);
    page = body.page_info.next_page;
  }
  return items;
}
const idsOf = (items: readonly { id: number }[]) => items.map(({ id }) => id);

test("a home's app: signs a person in, sets itself up, registers, receives, reads back, opens, and goes", async () => {
  const { key } = await call(`${server.url}/v1/keys`, {
    key: server.key,
    body: { role: "tenant", for: [String(kim), String(kimStudio)] },
  }).then(({ status, body }) => (status === 201 ? body : assert.fail(JSON.stringify(body))));
  const app = openApp(server, await signIn(server, key));
  assert.ok(app.tokens.expires_in > 300);

  // Set-up: who am I, which doors, what happened so far.
  const selves = await everything(app, "tenants?scope=self");
  assert.deepEqual(idsOf(selves), [kim, kimStudio]);
  assert.deepEqual(
    selves.map(({ building_id }) => building_id),
    [house, annex],
  );
  assert.equal((selves[0] as unknown as { email: string }).email, "kim@example.com");
  assert.deepEqual(idsOf(await everything(app, `access_points?q%5Bbuilding_id_eq%5D=${house}`)), [mainDoor, yardDoor]);
  assert.deepEqual(idsOf(await everything(app, "devices")), [mainPanel, yardPanel]);
  assert.deepEqual(idsOf(await everything(app, "access_tools")), [479403019]);
  const newest = "page=1&per=20&q%5Blogged_at_gteq%5D=2020-11-29+19:35:10+UTC";
  const list = async (what: string, building = house) =>
    (await app.ask(`/v4/buildings/${building}/${what}?${newest}`)).body.data as Record<string, unknown>[];
  for (const what of ["calls", "access_logs"]) assert.deepEqual(await list(what), []);

  // It registers at every start, and removes the one before.
  const path = `/v4/tenants/${kim}/integrations`;
  const wanted = (url: string) => integration(url, [bind("call", "create"), bind("door_release", "create")]);
  const first = (await app.ask(path, { body: wanted(`${receiver.url}/home?start=1`) })).body.data.id as string;
  const second = (await app.ask(path, { body: wanted(`${receiver.url}/home?start=2`) })).body.data.id as string;
  assert.equal((await app.ask(`${path}/${first}`, { method: "DELETE" })).status, 204);

  // Before it answers a delivery it reads calls and access logs back, and finds what it was told.
  const readBack: { told: number; calls: number[]; logs: number[] }[] = [];
  receiver.answer((request) => {
    const { event } = JSON.parse(request.body.toString());
    const reading = Promise.all([list("calls"), list("access_logs")]).then(([calls, logs]) => {
      readBack.push({
        told: event.data.id,
        calls: calls.map(({ id }) => Number(id)),
        logs: logs.map(({ id }) => Number(id)),
      });
    });
    return { after: reading };
  });
  await observe(
    ringing(kim, unitOfKim),
    ringing(alex, unitOfAlex),
    opened({ id: 910000112, tenant_id: kim, unit: unitOfKim, device: { id: yardPanel } }),
    opened({ id: 5, tenant_id: alex, unit: unitOfAlex, device: { id: mainPanel } }),
    opened({ id: 6, tenant_id: kim, unit: unitOfKim, device: { id: mainPanel } }),
  );
  const deliveries = await receiver.waitFor(3);
  await until("every delivery is read back", () => readBack.length === 3);
  receiver.answer({ status: 200 });
  assert.deepEqual([...new Set(deliveries.map((request) => request.path))], ["/home?start=2"]);
  for (const delivery of deliveries) assert.equal(faultsOfDelivery(delivery), "");
  for (const { told, calls, logs } of readBack) assert.ok([...calls, ...logs].includes(told), String(told));

  // A neighbour's call is not in the list, numbers rise with time over both panels, and references are plain numbers.
  const [calls, logs] = [await list("calls"), await list("access_logs")];
  assert.deepEqual(
    calls.map(({ recipient }) => recipient),
    [{ id: kim, type: "Tenant" }],
  );
  assert.equal(logs.length, 2);
  assert.ok(Number(logs[0]!["id"]) > Number(logs[1]!["id"]) && Number(logs[1]!["id"]) > 1_000_000_000);
  assert.deepEqual([logs[0]!["unit"], logs[0]!["access_point"]], [unitOfKim, mainDoor]);
  assert.equal(
    (await app.ask(`/v4/buildings/${house}/access_logs?page=1&per=20&q%5Blogged_at_gteq%5D=soon`)).status,
    200,
  );

  // It opens the door for the call that rings, and what the bridge does is what it hears.
  const { data: rings } = (await app.ask("/v3/me/calls")).body;
  const [ring] = rings;
  assert.deepEqual([ring.id, ring.attributes.status], [String(calls[0]!["id"]), "initializing"]);
  assert.equal(ring.relationships.panel.data.id, String(mainPanel));
  const open = () =>
    app.ask("/v3/notifications/open_door", {
      body: { data: { type: "notifications", attributes: { call_guid: ring.attributes.guid, source_id: mainPanel } } },
      type: "application/vnd.api+json",
    });
  assert.equal((await open()).status, 201);
  assert.equal(bridge.requests.length, 1);
  bridge.answer({ status: 403 });
  const refusals = [
    await open(),
    await release(app, { tenant_id: kim, access_point_id: mainDoor }),
    await release(app, { tenant_id: kimStudio, access_point_id: annexDoor }),
    await release(app, { tenant_id: alex, access_point_id: mainDoor }),
  ];
  bridge.answer({ status: 200 });
  assert.deepEqual(
    refusals.map(({ status }) => status),
    [409, 409, 422, 422],
  );
  for (const { body } of refusals) assert.ok(JSON.stringify(body).length < 300);
  assert.equal(bridge.requests.length, 3, "nothing is asked twice, and no bridge for what is not allowed");
  const end = { data: { type: "notifications", attributes: { call_guid: ring.attributes.guid } } };
  assert.equal((await app.ask("/v3/notifications/call_ended", { body: end })).status, 200);

  // A pass has its key, PIN and picture at once; one whose key cannot be made is taken back.
  const pass = (await app.ask("/v4/keychains/delivery_pass", { body: { keychain: { name: "USPS", tenant_id: kim } } }))
    .body;
  const { data: keys } = (await app.ask(`/v4/virtual_keys?q%5Bkeychain_id_eq%5D=${pass.data.id}`)).body;
  assert.equal(keys.length, 1);
  assert.match(keys[0].pin_code, /^\d{6}$/);
  const picture = await fetch(keys[0].qr_code_url as string);
  assert.deepEqual([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
  const custom = await app.ask("/v4/keychains/custom", {
    body: {
      keychain: {
        name: "Party",
        tenant_id: kim,
        starts_at: "2026-11-29T19:41:29.018644+00:00",
        ends_at: "2099-11-30T19:41:29.018644+00:00",
      },
    },
  });
  assert.deepEqual(custom.body.data.access_point_ids, [mainDoor, yardDoor]);
  assert.equal((await app.ask("/v4/virtual_keys", { body: { keychain_id: 1, name: "Guest" } })).status, 422);
  assert.equal((await app.ask(`/v4/keychains/${custom.body.data.id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(idsOf(await everything(app, "keychains")), [pass.data.id]);

  // A 401 has done nothing; one refresh, and the same request succeeds. The old refresh token counts until the new access token is used.
  const [count, before] = [(await app.ask(path)).body.page_info.total_item_count as number, app.tokens];
  app.tokens = { ...before, access_token: `${before.access_token.slice(0, -2)}AA` };
  assert.equal((await app.ask(path, { body: wanted(`${receiver.url}/again`) })).status, 200);
  assert.equal(app.refreshes(), 1);
  assert.equal((await app.ask(path)).body.page_info.total_item_count, count + 1);
  const lost = await refresh(server, app.tokens.refresh_token);
  const heard = await refresh(server, app.tokens.refresh_token);
  assert.deepEqual([lost.status, heard.status], [200, 200]);
  app.tokens = heard.body;

  // Clients with an empty form in everything are served, too. Then it goes, and hears nothing more.
  const form = { text: "", type: "application/x-www-form-urlencoded" };
  for (const { id } of (await app.ask(path)).body.data) {
    assert.equal((await app.ask(`${path}/${id}`, { method: "DELETE", ...form })).status, 204);
  }
  assert.equal((await app.ask(`${path}/${second}`, { method: "DELETE" })).status, 404);
  const got = receiver.requests.length;
  await observe(opened({ tenant_id: kim, unit: unitOfKim }));
  await until("the entry is in the log", async () => (await list("access_logs")).length === 3);
  assert.equal(receiver.requests.length, got);
  const revoked = await call(`${server.url}/oauth/revoke`, {
    text: new URLSearchParams({ token: app.tokens.refresh_token, client_id: "belfry" }).toString(),
    type: form.type,
  });
  assert.equal(revoked.status, 200);
  const ended = await refresh(server, app.tokens.refresh_token);
  assert.deepEqual([ended.status, ended.body.error], [400, "invalid_grant"]);
});

const release = (app: App, door_release_request: object) =>
  app.ask("/v4/door_release_requests", { body: { door_release_request } });

test("a mobile SDK: registers over v3, finds itself by its URL, and its receiver reads the flat call", async () => {
  const { key } = await keyFor(server, "tenant", alex);
  const app = openApp(server, await signIn(server, key));
  const regions = await call(`${server.url}/api/mobile/regions`);
  assert.deepEqual(regions.body, { regions: ["na"] });
  const { body: me } = await app.ask(
    "/v3/me?include=tenants,tenants.building,tenants.panels,tenants.devices,tenants.unit",
  );
  const included = (type: string) =>
    (me.included as { id: string; type: string; attributes: object }[]).filter((each) => each.type === type);
  assert.deepEqual(
    included("tenants").map(({ id }) => id),
    [String(alex)],
  );
  assert.deepEqual(included("buildings")[0]!.attributes, { name: "House", open_door_button_enabled: true });

  const path = `/v3/tenants/${alex}/integrations`;
  const url = `${receiver.url}/sdk?token=t%20t&type=ios`;
  const own = async () =>
    ((await app.ask(path)).body.data as { id: string; attributes: { config: { url: string } } }[]).filter(
      ({ attributes }) => attributes.config.url === url,
    );
  assert.deepEqual(await own(), []);
  const made = await app.ask(path, {
    body: integration(url, [{ resource_type: "call", actions: ["create", "status_update"] }]),
  });
  assert.equal(made.status, 200);
  assert.equal(made.headers.get("content-type"), "application/vnd.api+json");
  assert.deepEqual(
    (await own()).map(({ id }) => id),
    [made.body.data.id],
  );

  const at = receiver.requests.length;
  await observe(ringing(alex, unitOfAlex, { guid: "call-of-alex", provider: "twilio" }));
  await receiver.waitFor(at + 1);
  await observe({ kind: "call_status", guid: "call-of-alex", status: "canceled", at: new Date().toISOString() });
  await receiver.waitFor(at + 2);
  const [rung, over] = receiver.requests.slice(at) as [Received, Received];
  assert.deepEqual([rung.path, over.path], ["/sdk?token=t%20t&type=ios", "/sdk?token=t%20t&type=ios"]);
  for (const delivery of [rung, over]) assert.equal(faultsOfDelivery(delivery), "");
  const { event: _, ...flat } = JSON.parse(rung.body.toString());
  const panel = { id: mainPanel, name: "Main panel", sip_username: "panel_1" };
  assert.deepEqual(flat, {
    guid: "call-of-alex",
    user: { id: alex, first_name: null, last_name: null, sip_username: null, email: null },
    panel,
    unit: { id: unitOfAlex, label: "2B" },
    provider: "twilio",
    source: panel,
    image_url: null,
  });
  const { event: __, ...status } = JSON.parse(over.body.toString());
  assert.deepEqual(status, { call: { guid: "call-of-alex" }, status: "canceled" });
  const { body: shown } = await app.ask("/v3/me/calls/call-of-alex/status");
  assert.deepEqual([shown.data.attributes.status, shown.included[0].attributes.panel_id], ["canceled", mainPanel]);

  const fields = {
    "data[type]": "door_release_requests",
    "data[attributes][release_method]": "front_door_view",
    "data[relationships][panel][data][id]": String(mainPanel),
    "data[relationships][unit][data][id]": String(unitOfAlex),
  };
  const text = new URLSearchParams(fields).toString();
  const door = await app.ask("/v3/me/open_door", { text, type: "application/x-www-form-urlencoded" });
  assert.deepEqual([door.status, door.body.data.release_method], [201, "front_door_view"]);
  assert.equal((await app.ask(`${path}/${made.body.data.id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(await own(), []);
});

test("a back office: client credentials, and the units, tenants, passes and keys of its building", async () => {
  const { client_id, client_secret } = await keyFor(server, "building", house);
  const granted = await token(server, { grant_type: "client_credentials", client_id, client_secret });
  assert.equal(granted.body.refresh_token, undefined);
  const office = openApp(server, granted.body);
  assert.deepEqual(await everything(office, "tenants?scope=self"), [], "it is nobody's home");
  assert.deepEqual(idsOf(await everything(office, "buildings")), [house]);
  assert.deepEqual(idsOf(await everything(office, `units?q[building_id_eq]=${house}`)), [unitOfKim, unitOfAlex]);
  assert.deepEqual(idsOf(await everything(office, `units?q[building_id_eq]=${annex}`)), []);
  assert.deepEqual(idsOf(await everything(office, "units?q[label_start]=2")), [unitOfAlex]);
  assert.deepEqual(idsOf(await everything(office, "tenants")), [kim, alex]);
  const page = (await office.ask("/v4/tenants?per=1&page=2")).body;
  assert.deepEqual([idsOf(page.data), page.page_info.total_pages, page.page_info.next_page], [[alex], 2, null]);

  const made = await office.ask("/v4/keychains/custom", {
    body: {
      keychain: {
        name: "Movers",
        tenant_id: alex,
        starts_at: "2026-06-17T15:17:24Z",
        ends_at: "2099-06-18T15:12:24Z",
        recipients: ["foo@example.com", "+12345678900"],
        access_point_ids: [yardDoor],
      },
    },
  });
  assert.equal(made.status, 201);
  const { id, virtual_key_ids, unit_id, access_point_ids } = made.body.data;
  assert.deepEqual([virtual_key_ids.length, unit_id, access_point_ids], [2, unitOfAlex, [yardDoor]]);
  const key = await office.ask("/v4/virtual_keys", {
    body: { keychain_id: id, name: "Driver", email: "d@example.com" },
  });
  assert.deepEqual([key.status, key.body.data.email, key.body.data.building_id], [201, "d@example.com", house]);
  const pin = await office.ask("/v4/access_tools/pins", { body: { pin: { code: "336901", tenant_id: alex } } });
  assert.deepEqual([pin.status, pin.body.data.code], [201, "336901"]);
  const put = await call(`${server.url}/v1/building-model`, {
    method: "PUT",
    key: server.key,
    body: model(`${bridge.url}/open`),
  });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  assert.equal(
    (await everything(office, `virtual_keys?q[keychain_id_eq]=${id}`)).length,
    3,
    "the operator's model took none",
  );
  assert.equal((await office.ask(`/v4/access_tools/${pin.body.data.id}`)).body.data.code, "336901");
  assert.equal((await office.ask(`/v4/access_tools/${pin.body.data.id}`, { method: "DELETE" })).status, 204);
  const foreign = { keychain: { name: "x", tenant_id: kimStudio } };
  assert.equal((await office.ask("/v4/keychains/custom", { body: foreign })).status, 422);

  const path = `/v4/buildings/${house}/integrations`;
  const hook = await office.ask(path, { body: integration(`${receiver.url}/office`, [bind("access_log", "create")]) });
  const at = receiver.requests.length;
  await observe(opened({ entry_method: { keychain: id }, access_point: yardDoor }));
  await receiver.waitFor(at + 1);
  const { event } = JSON.parse(receiver.requests[at]!.body.toString());
  assert.deepEqual([event.resource_type, event.data.entry_method], ["access_log", { keychain: id }]);
  const logged = (await office.ask(`/v4/buildings/${house}/access_logs/${event.data.id}`)).body.data;
  for (const [field, value] of Object.entries(event.data as object)) assert.deepEqual(logged[field], value, field);
  assert.equal((await office.ask(`${path}/${hook.body.data.id}`, { method: "DELETE" })).status, 204);
  assert.equal((await office.ask(`/v4/virtual_keys/${key.body.data.id}`, { method: "DELETE" })).status, 204);
  assert.equal((await office.ask(`/v4/keychains/${id}`, { method: "DELETE" })).status, 204);
  assert.deepEqual(await everything(office, `virtual_keys?q[keychain_id_eq]=${id}`), []);
});

test("the guide's requests, sent as printed, succeed in both scopes, and its payload arrives key by key", async () => {
  const { key: admin } = await keyFor(server, "building", house);
  const { key: tenant } = await keyFor(server, "tenant", kim);
  for (const [key, path, text] of [
    [admin, `/v4/buildings/${house}/integrations`, printed.building],
    [tenant, `/v4/tenants/${kim}/integrations`, printed.tenant],
  ] as const) {
    const made = await call(server.url + path, { key, text });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const sent = JSON.parse(text).data.attributes;
    const { configuration, bindings } = made.body.data.attributes;
    assert.deepEqual(configuration, sent.configuration);
    assert.deepEqual(
      bindings,
      sent.bindings.map((each: object) => ({ ...each, resource_id: null })),
    );
    const listed = await call(server.url + path, { key });
    assert.ok((listed.body.data as { id: string }[]).some(({ id }) => id === made.body.data.id));
    // The same request, but for where it leads.
    const own = text.replace(/https:\/\/your-webhook-url\.com/, receiver.url);
    const put = await call(`${server.url}${path}/${made.body.data.id}`, { method: "PUT", key, text: own });
    assert.equal(put.status, 200, JSON.stringify(put.body));
  }
  const at = receiver.requests.length;
  const { event } = JSON.parse(printed.payload);
  const { id, ...said } = event.data;
  await observe({ kind: "access", id, ...said, tenant_id: kim }, ringing(kim, unitOfKim));
  await receiver.waitFor(at + 3);
  const got = receiver.requests.slice(at).map(({ path, body }) => [path, JSON.parse(body.toString())] as const);
  const paths = got.map(([path]) => path).toSorted();
  assert.deepEqual(paths, ["/building-events", "/building-events", "/tenant-events"]);
  const arrived = got.find(([, body]) => body.event.resource_type === "access_log")![1];
  assert.equal(JSON.stringify(arrived).replace(String(arrived.event.data.id), String(id)), JSON.stringify({ event }));
  const log = await call(`${server.url}/v4/buildings/${house}/access_logs/${arrived.event.data.id}`, { key: admin });
  for (const field of Object.keys(said)) assert.deepEqual(log.body.data[field], said[field], field);
});
