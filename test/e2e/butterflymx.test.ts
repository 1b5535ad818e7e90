// A client that knows only the vendor's documents: integrations in both scopes, and door and call events at a real HTTPS
// receiver, each to those whom it concerns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOfDelivery } from "../dialects/butterflymx/contracts/deliveries.ts";
import type { HttpsReceiver, Received } from "../fixtures/https-receiver.ts";
import { call, createKey, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

const building = 577_696_272;
const [alia, duncan, stranger] = [37_112_193, 377_389_742, 900_000_001];
const [unitA, unitB, unitC] = [843_107_216, 474_917_539, 900_000_002];

/** The place behind the documented access log. */
const model = {
  organization: { id: "org_doors", name: "Arrakeen Homes" },
  sites: [
    {
      id: "site_1",
      name: "Arrakeen",
      timezone: "America/New_York",
      buildings: [
        {
          id: String(building),
          name: "Sietch",
          access_points: [
            { id: "22177636", name: "Main Entrance", device_ids: ["708353660"] },
            { id: "842395203", name: "Garage", device_ids: [] },
          ],
          devices: [{ id: "708353660", name: "Main Entrance" }],
          units: [
            { id: String(unitA), label: "1A" },
            { id: String(unitB), label: "2B" },
            { id: String(unitC), label: "3C" },
          ],
          tenants: [
            { id: String(alia), unit_id: String(unitA), full_name: "Alia Atredis" },
            { id: String(duncan), unit_id: String(unitB), full_name: "Duncan Idaho" },
            { id: String(stranger), unit_id: String(unitC), full_name: "Piter De Vries" },
          ],
          keychains: [{ id: "254331397", name: "Party", tenant_id: String(duncan) }],
          access_tools: [],
        },
      ],
    },
  ],
};

/** The five documented rows of the access log [butterflymx.md §5.3]. */
const rows = [
  {
    id: 156501242,
    logged_at: "2026-06-17T10:12:19Z",
    access_point: 22177636,
    release_status: "Unlocked",
    name: "Alia Atredis",
    release_type: "Tenant",
    unit: unitA,
    tenant_id: alia,
    entry_method: "Swipe to open",
    image_url: "http://user.example/ac62.png",
  },
  {
    id: 623072202,
    logged_at: "2026-06-16T18:00:00Z",
    access_point: 842395203,
    release_status: "Locked",
    name: null,
    release_type: null,
    unit: null,
    tenant_id: null,
    entry_method: null,
    image_url: null,
  },
  {
    id: 525036436,
    logged_at: "2026-06-16T15:12:19Z",
    access_point: 22177636,
    release_status: "Unlocked",
    name: "Duncan Idaho",
    release_type: "Visitor",
    unit: unitB,
    tenant_id: duncan,
    entry_method: { keychain: 254331397 },
    image_url: "http://user.example/bff2.png",
  },
  {
    id: 274552142,
    logged_at: "2026-06-16T15:12:19Z",
    access_point: 22177636,
    release_status: "Unlocked",
    name: "Unknown",
    release_type: "Visitor",
    unit: null,
    tenant_id: null,
    entry_method: "Visitor Pass (using QR code)",
    image_url: "http://user.example/cb46.png",
  },
  {
    id: 561908629,
    logged_at: "2026-06-14T15:12:19Z",
    access_point: 842395203,
    release_status: "Unlocked",
    name: "USPS",
    release_type: "Delivery",
    unit: null,
    tenant_id: null,
    entry_method: "Remote Doorman",
    image_url: "http://user.example/c6cc.png",
  },
];

test("building and tenant integrations get what the documented rule gives them", async () => {
  const { server, receiver } = await ready();
  const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  assert.ok(put.status === 200 || put.status === 201, JSON.stringify(put.body));

  const admin = await token(server, "building", String(building));
  const both = [
    { resource_type: "access_log", actions: ["create"] },
    { resource_type: "call", actions: ["create"] },
  ];
  await integrate(server, admin, `buildings/${building}`, `${receiver.url}/building-events?token=a%20b`, both);
  for (const tenant of [alia, duncan, stranger]) {
    const key = await token(server, "tenant", String(tenant));
    await integrate(server, key, `tenants/${tenant}`, `${receiver.url}/${tenant}`, [
      { resource_type: "door_release", actions: ["create"] },
      both[1]!,
    ]);
  }

  const observations = rows.map((row) => ({ kind: "access", ...row }));
  const sent = await call(`${server.url}/v1/observations`, { key: server.key, body: observations });
  assert.equal(sent.status, 202);
  assert.deepEqual(sent.body, { accepted: 5, duplicates: 0, rejected: [] });
  const again = await call(`${server.url}/v1/observations`, { key: server.key, body: observations });
  assert.deepEqual(again.body, { accepted: 0, duplicates: 5, rejected: [] });
  const visit = {
    id: 400494507,
    building_id: building,
    logged_at: "2026-06-14T15:12:19Z",
    notification_type: "visitor",
    recipient: { id: duncan, type: "Tenant" },
    unit: { id: unitB },
    device: { id: 708353660, name: "Main Entrance" },
    status: "initializing",
    image_url: "https://cdn.example/snapshot.png",
  };
  assert.equal(
    (await call(`${server.url}/v1/observations`, { key: server.key, body: { kind: "call", ...visit } })).status,
    202,
  );

  // 5 for the building, which gets no door that locked; 1 entry for Alia, 1 entry and the call for Duncan.
  await receiver.waitFor(8);
  await stop(server);
  for (const request of receiver.requests) assert.equal(faultsOfDelivery(request), "");
  const at = (path: string) => receiver.requests.filter((request) => request.path.startsWith(path));
  assert.deepEqual(
    entries(at("/building-events"))
      .map(({ logged_at }) => logged_at)
      .toSorted(),
    rows
      .filter(({ release_status }) => release_status === "Unlocked")
      .map(({ logged_at }) => logged_at)
      .toSorted(),
  );
  assert.equal(at("/building-events")[0]!.path, "/building-events?token=a%20b");
  assert.deepEqual(
    entries(at(`/${alia}`)).map(({ name }) => name),
    ["Alia Atredis"],
  );
  assert.deepEqual(
    entries(at(`/${duncan}`)).map(({ name }) => name),
    ["Duncan Idaho"],
  );
  assert.deepEqual(at(`/${stranger}`), []);
  assert.equal(receiver.requests.length, 8);

  // The payload is the documented one, key by key and in its order, under the name that the subscriber bound.
  const documented = (name: string) => ({
    event: {
      resource_type: name,
      action: "create",
      data: {
        id: 156501242,
        logged_at: "2026-06-17T10:12:19Z",
        access_point: 22177636,
        entry_method: "Swipe to open",
        release_status: "Unlocked",
        name: "Alia Atredis",
        image_url: "http://user.example/ac62.png",
      },
    },
  });
  const bodyOf = (requests: Received[]) =>
    requests
      .map(({ body }) => body.toString())
      .find((text) => text.includes("Alia Atredis"))
      // Belfry's own number, which rises over all panels.
      ?.replace(/"id":\d{10,}/, '"id":156501242');
  assert.equal(bodyOf(at("/building-events")), JSON.stringify(documented("access_log")));
  assert.equal(bodyOf(at(`/${alia}`)), JSON.stringify(documented("door_release")));

  const rung = at(`/${duncan}`).map(
    ({ body }) => JSON.parse(body.toString()) as { event: { resource_type: string; data: Record<string, unknown> } },
  );
  const { guid, id: _, ...record } = rung.find(({ event }) => event.resource_type === "call")!.event.data;
  const { id: __, ...said } = visit;
  assert.deepEqual(record, said);
  assert.match(String(guid), /^[0-9a-f-]{36}$/);
  await receiver.close();
});

test("integrations are listed, shown, replaced and deleted as documented; what is not yours does not exist", async () => {
  const { server, receiver } = await ready();
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  const admin = await token(server, "building", String(building));
  const path = `${server.url}/v4/buildings/${building}/integrations`;
  const bindings = [{ resource_type: "call", actions: ["create"], resource_id: null }];
  const id = await integrate(server, admin, `buildings/${building}`, `${receiver.url}/one`, bindings);
  const twice = await integrate(server, admin, `buildings/${building}`, `${receiver.url}/one`, bindings);
  assert.notEqual(id, twice);

  const listed = await call(path, { key: admin });
  assert.equal(listed.status, 200);
  assert.equal(listed.body.data.length, 2);
  assert.equal(listed.body.page_info.total_item_count, 2);
  const shown = await call(`${path}/${id}`, { key: admin });
  assert.equal(shown.body.data.id, id);
  assert.equal(shown.body.data.type, "integrations");
  assert.equal(shown.body.data.attributes.configuration.url, `${receiver.url}/one`);
  assert.deepEqual(shown.body.data.attributes.bindings, bindings);

  const replaced = await call(`${path}/${id}`, {
    method: "PUT",
    key: admin,
    body: request(`${receiver.url}/two`, bindings),
    type: "application/vnd.api+json",
  });
  assert.equal(replaced.status, 200);
  assert.equal(replaced.body.data.attributes.configuration.url, `${receiver.url}/two`);
  const removed = await call(`${path}/${id}`, { method: "DELETE", key: admin });
  assert.equal(removed.status, 204);
  assert.equal((await call(`${path}/${id}`, { key: admin })).status, 404);

  const tenant = await token(server, "tenant", String(alia));
  const foreign = await call(path, { key: tenant });
  const absent = await call(`${server.url}/v4/buildings/1/integrations`, { key: tenant });
  assert.equal(foreign.status, 404);
  assert.deepEqual(foreign.body, absent.body);
  assert.equal((await call(path)).status, 401);
  await stop(server);
  await receiver.close();
});

async function ready(): Promise<{ server: Server; receiver: HttpsReceiver }> {
  return { server: await serve(makePlace()), receiver: await startReceiver() };
}

/** An access token as a client of the vendor gets it. */
async function token(server: Server, role: string, target: string): Promise<string> {
  const { client_id, client_secret } = await createKey(server, role, target);
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret }).toString();
  const answer = await call(`${server.url}/oauth/token`, { text: form, type: "application/x-www-form-urlencoded" });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.access_token as string;
}

const request = (url: string, bindings: unknown) => ({
  data: {
    type: "integrations",
    attributes: { integrator: "webhook", configuration: { url, method: "post" }, bindings },
  },
});

async function integrate(server: Server, key: string, scope: string, url: string, bindings: unknown): Promise<string> {
  const created = await call(`${server.url}/v4/${scope}/integrations`, { key, body: request(url, bindings) });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  assert.match(created.body.data.attributes.signing_secret, /^whsec_/);
  return created.body.data.id as string;
}

interface ReceivedEntry {
  readonly id: number;
  readonly name: string | null;
  readonly logged_at: string;
}

function entries(requests: readonly Received[]): ReceivedEntry[] {
  return requests
    .map(({ body }) => (JSON.parse(body.toString()) as { event: { resource_type: string; data: ReceivedEntry } }).event)
    .filter(({ resource_type }) => resource_type !== "call")
    .map(({ data }) => data);
}
