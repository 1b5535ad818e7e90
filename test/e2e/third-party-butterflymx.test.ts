// What ButterflyMX's documents leave to the reader, on a running server: the REST forms byte by byte, and who gets which
// entry and call when ids come as numbers, as text, or as little as there is.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { HttpsReceiver } from "../fixtures/https-receiver.ts";
import { call, makePlace, type Server, serve, startReceiver } from "./harness.ts";
import { building, keyFor, organization, put } from "./third-party-client.ts";

let server: Server;
let receiver: HttpsReceiver;
const keys = new Map<string, string>();
const collection = `/v4/buildings/${building}/integrations`;

before(async () => {
  server = await serve(makePlace());
  receiver = await startReceiver();
  await put(server);
  for (const [role, target] of [
    ["organization", organization],
    ["building", building],
    ["tenant", 1001],
    ["viewer", organization],
    ["ingest", organization],
  ] as const) {
    keys.set(role, (await keyFor(server, role, target)).key);
  }
});

const bind = (resource_type: string, more: object = {}) => ({ resource_type, actions: ["create"], ...more });
const request = (path: string, bindings: unknown, more: object = {}) => ({
  data: {
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration: { url: receiver.url + path, method: "post" },
      bindings,
      ...more,
    },
  },
});
const as = (role: string, path: string, options: Parameters<typeof call>[1] = {}) =>
  call(server.url + path, { key: keys.get(role)!, ...options });

describe("integrations", () => {
  const entry = (field: string, code: string, message: string) => ({ field, code, message });
  const notFound = { errors: [entry("base", "not_found", "Resource not found")] };

  test("are answered in one form by every operation, under the older paths and media type too", async () => {
    const bindings = [{ resource_type: "call", actions: ["create"], resource_id: null }];
    const created = await as("building", collection, { body: request("/one?a=%20b", bindings) });
    const { id } = created.body.data;
    assert.match(id, /^\d+$/);
    const configuration = { url: `${receiver.url}/one?a=%20b`, method: "post" };
    const attributes = { integrator: "webhook", configuration, config: configuration, bindings };
    const { signing_secret, ...rest } = created.body.data.attributes;
    assert.match(signing_secret, /^whsec_/);
    assert.deepEqual([created.status, rest], [200, attributes]);
    const shown = { data: { id, type: "integrations", attributes } };
    for (const path of [`${collection}/${id}`, `${collection.replace("v4", "v3")}/${id}`]) {
      assert.deepEqual((await as("building", path)).body, shown);
    }
    const replaced = await as("building", `${collection}/${id}`, {
      method: "PUT",
      body: request("/two", [bind("door_release", { resource_id: 22177636 })]),
      type: "application/vnd.api+json",
    });
    assert.equal(replaced.headers.get("content-type"), "application/vnd.api+json");
    assert.deepEqual(replaced.body.data.attributes.bindings, [bind("door_release", { resource_id: "22177636" })]);
    assert.equal(replaced.body.data.attributes.configuration.url, `${receiver.url}/two`);
    const gone = await as("building", `${collection}/${id}`, { method: "DELETE" });
    assert.deepEqual([gone.status, gone.body], [204, null]);
    assert.deepEqual((await as("building", `${collection}/${id}`, { method: "DELETE" })).body, notFound);
  });

  test("are listed page by page with the documented figures", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.push((await as("organization", collection, { body: request("/page", [bind("call")]) })).body.data.id);
    }
    const page = async (query: string) => {
      const { status, body } = await as("building", `${collection}?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      return [body.data.map((item: { id: string }) => item.id), body.page_info];
    };
    assert.deepEqual(await page("q[unknown_eq]=1"), [
      ids,
      {
        current_page: 1,
        total_pages: 1,
        total_item_count: 3,
        page_item_count: 3,
        page_size: 50,
        next_page: null,
        prev_page: null,
        first_page: true,
        last_page: true,
      },
    ]);
    assert.deepEqual(await page("per=2&page=2"), [
      [ids[2]],
      {
        current_page: 2,
        total_pages: 2,
        total_item_count: 3,
        page_item_count: 1,
        page_size: 2,
        next_page: null,
        prev_page: 1,
        first_page: false,
        last_page: true,
      },
    ]);
    for (const query of ["per=0", "per=101", "page=-1"]) {
      assert.equal((await as("building", `${collection}?${query}`)).status, 422, query);
    }
    for (const id of ids) await as("building", `${collection}/${id}`, { method: "DELETE" });
  });

  test("with faults are refused with all of them, in the documented form", async () => {
    const faulty = await as("building", collection, {
      body: {
        data: {
          type: "webhooks",
          attributes: {
            integrator: "zapier",
            configuration: { url: "http://example.com", method: "get" },
            bindings: [bind("lock"), bind("call", { actions: [] }), bind("access_log", { resource_id: "1" })],
          },
        },
      },
    });
    assert.equal(faulty.status, 422);
    assert.deepEqual(
      (faulty.body.errors as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`).toSorted(),
      [
        "bindings.0.resource_type inclusion",
        "bindings.1.actions blank",
        "bindings.2.resource_id blank",
        "configuration.method inclusion",
        "configuration.url invalid",
        "data.type inclusion",
        "integrator inclusion",
      ],
    );
    const blank = { errors: [entry("data", "blank", "can't be blank")] };
    assert.deepEqual((await as("building", collection, { body: {} })).body, blank);
    assert.equal((await as("building", collection, { text: "{" })).status, 400);
    assert.equal((await as("building", collection, { text: "{}", type: "text/plain" })).status, 415);
    assert.equal((await as("building", collection)).body.page_info.total_item_count, 0);
  });

  test("without a valid token, with a foreign one, and off the map the answers keep the vendor's form", async () => {
    const unauthorized = { field: "base", code: "unauthorized", message: "Unauthorized", messages: "Unauthorized" };
    for (const path of [collection, "/v4/nothing"]) {
      const answer = await call(server.url + path);
      assert.deepEqual([answer.status, answer.body], [401, { errors: [unauthorized] }], path);
    }
    for (const [role, path, method] of [
      ["tenant", collection, "GET"],
      ["tenant", "/v4/tenants/1002/integrations", "GET"],
      ["viewer", collection, "GET"],
      ["ingest", collection, "GET"],
      ["building", "/v4/buildings/1/integrations", "GET"],
      ["building", `${collection}/x`, "GET"],
      ["building", `${collection}/1`, "PATCH"],
      ["building", "/v4/access_logs", "GET"],
    ] as const) {
      const answer = await as(role, path, { method });
      assert.deepEqual([answer.status, answer.body], [404, notFound], `${role} ${path}`);
      assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
    }
    const bare = await fetch(server.url + collection, { headers: { authorization: keys.get("building")! } });
    assert.equal(bare.status, 200, "the bare token of the vendor's OpenAPI");
    for (const role of ["building", "organization", "tenant"]) {
      assert.equal((await as(role, "/v4/tenants/1001/integrations")).status, 200, role);
    }
  });

  test("tokens come from a form, from JSON or by Basic, and refusals speak OAuth", async () => {
    const { client_id, client_secret } = await keyFor(server, "building", building);
    const token = async (parameters: Record<string, string>, headers: Record<string, string> = {}, json = false) => {
      const answer = await fetch(`${server.url}/oauth/token`, {
        method: "POST",
        headers: json ? { "content-type": "application/json", ...headers } : headers,
        body: json ? JSON.stringify(parameters) : new URLSearchParams(parameters),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const grant = { grant_type: "client_credentials" };
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}`;
    for (const given of [
      await token({ ...grant, client_id, client_secret }),
      await token({ ...grant, client_id, client_secret }, {}, true),
      await token({ ...grant, scope: "public" }, { authorization: basic }),
    ]) {
      const { access_token, created_at, ...rest } = given.body;
      assert.deepEqual([given.status, rest], [200, { token_type: "Bearer", expires_in: 86_400, scope: "public" }]);
      assert.ok(Number.isInteger(created_at));
      const used = await call(server.url + collection, { key: String(access_token) });
      assert.equal(used.status, 200);
    }
    const wrong = await token({ ...grant, client_id, client_secret: "x" });
    assert.deepEqual([wrong.status, wrong.body["error"]], [401, "invalid_client"]);
    const other = await token({ grant_type: "implicit", client_id, client_secret });
    assert.deepEqual([other.status, other.body["error"]], [400, "unsupported_grant_type"]);
  });
});

describe("entries and calls", () => {
  let number = 5_000;
  const door = (more: object = {}) => ({
    kind: "access",
    id: ++number,
    logged_at: "2026-06-17T10:12:19Z",
    access_point: 22177636,
    ...more,
  });
  const bell = (more: object = {}) => ({ kind: "call", id: ++number, at: 1781432539999, device: 708353660, ...more });
  const envelope = (id: number, more: object = {}, resource_type = "access_log") => ({
    event: { resource_type, action: "create", data: { id, access_point: 22177636, name: "X", ...more } },
  });

  before(async () => {
    const both = [bind("access_log"), bind("call")];
    await as("organization", collection, { body: request("/building", both) });
    await as("organization", collection, {
      body: request("/names", [bind("door_release"), bind("access_log"), bind("door_release")]),
    });
    await as("organization", collection, { body: request("/elsewhere", [bind("call", { resource_id: 708353660 })]) });
    for (const tenant of [1001, 1002, 1003]) {
      await as("organization", `/v4/tenants/${tenant}/integrations`, { body: request(`/${tenant}`, both) });
    }
  });

  /** Sends and gives the paths that got it, in order, and the bodies. Three of the building get an entry, two a call. */
  async function reach(input: object, address: string | null, tenants: readonly number[]): Promise<string[]> {
    const seen = receiver.requests.length;
    const path = address === null ? "/v1/observations" : `/v1/events?dialect=butterflymx${address}`;
    const sent = await as("ingest", path, { body: input });
    assert.deepEqual([sent.status, sent.body.accepted], [202, 1], JSON.stringify(sent.body));
    const got = (await receiver.waitFor(seen + 2 + tenants.length)).slice(seen);
    const ofTenants = got.map((each) => each.path.slice(1)).filter((each) => /^\d+$/.test(each));
    assert.deepEqual(ofTenants.toSorted(), tenants.map(String), JSON.stringify(input));
    assert.equal(new Set(got.map(({ headers }) => headers["webhook-id"])).size, 1);
    return got.map((each) => `${each.path} ${each.body.toString()}`).toSorted();
  }

  test("reach those whom the unit, the person or the credential names", async () => {
    await reach(door({ unit: 474917539, tenant_id: 1001 }), null, [1001, 1002]);
    await reach(door({ unit: "474917539" }), null, [1001, 1002]);
    await reach(door({ tenant_id: "1003" }), null, [1003]);
    await reach(door({ entry_method: { keychain: 501 } }), null, [1001, 1002]);
    await reach(door({ entry_method: { keychain: 502 } }), null, []);
    await reach(door({ entry_method: { access_tool: 601 } }), null, [1001, 1002]);
    await reach(door({ name: null, entry_method: null }), null, []);
    await reach(bell({ recipient: { id: 1003, type: "Tenant" } }), null, [1003]);
    await reach(bell({ unit: { id: 474917539 }, recipient: null }), null, [1001, 1002]);
    await reach(bell({ recipient: { id: null, type: "Attendant" }, unit: null }), null, []);
  });

  test("go out with the documented keys in their order, once, under the name that was bound first", async () => {
    const entry = door({
      entry_method: { keychain: "501" },
      unit: 474917539,
      tenant_id: 1001,
      release_type: "Visitor",
    });
    const data = {
      id: entry.id,
      logged_at: "2026-06-17T10:12:19Z",
      access_point: 22177636,
      entry_method: { keychain: 501 },
      release_status: "Unlocked",
      name: null,
      image_url: null,
    };
    const text = (resource_type: string, content: object) =>
      JSON.stringify({ event: { resource_type, action: "create", data: content } });
    // Numbers are Belfry's own, ten digits long.
    const bodies = (await reach(entry, null, [1001, 1002])).map((body) =>
      body.replace(/"id":\d{10,}/, `"id":${entry.id}`),
    );
    assert.deepEqual(bodies, [
      `/1001 ${text("access_log", data)}`,
      `/1002 ${text("access_log", data)}`,
      `/building ${text("access_log", data)}`,
      `/names ${text("door_release", data)}`,
    ]);

    const [rung] = await reach(bell({ unit: 843107216 }), null, [1003]);
    const { guid, ...record } = (JSON.parse(rung!.slice(rung!.indexOf("{"))) as { event: { data: { guid: string } } })
      .event.data;
    assert.match(guid, /^[0-9a-f-]{36}$/);
    assert.equal(
      JSON.stringify(record),
      JSON.stringify({
        id: (record as { id?: number }).id,
        building_id: building,
        logged_at: "2026-06-14T10:22:19Z",
        notification_type: "visitor",
        recipient: { id: 1003, type: "Tenant" },
        unit: { id: 843107216 },
        device: { id: 708353660, name: "Main Entrance" },
        status: "initializing",
        image_url: null,
      }),
    );
  });

  test("that come ready-made are placed by the query, else by what they name, and keep their bytes", async () => {
    await reach(envelope(1), "", []);
    await reach(envelope(2), `&building=${building}&unit=474917539`, [1001, 1002]);
    await reach(envelope(3), `&building=${building}&tenant=1003`, [1003]);
    await reach(envelope(4, { access_point: 4711 }), `&building=${building}`, []);
    await reach(envelope(5, { tenant_id: 1003 }, "door_release"), "", [1003]);
    const twice = await as("ingest", "/v1/events?dialect=butterflymx", { body: envelope(5, { tenant_id: 1003 }) });
    assert.deepEqual(twice.body, { accepted: 0, duplicates: 1, rejected: [] });
    const rejections = async (body: object, query = "", role = "ingest") => {
      const answer = await as(role, `/v1/events?dialect=butterflymx${query}`, { body });
      assert.equal(answer.status, 422);
      return (answer.body.rejected as { code: string }[]).map(({ code }) => code);
    };
    assert.deepEqual(await rejections(envelope(6, { access_point: 4711 })), ["UNKNOWN_BUILDING"]);
    assert.deepEqual(await rejections(envelope(6), "&building=1"), ["UNKNOWN_BUILDING"]);
    assert.deepEqual(await rejections(envelope(6), `&building=${building}&unit=1`), ["UNKNOWN_UNIT"]);
    assert.deepEqual(await rejections({ guid: "g-1", panel: { id: 2 }, unit: { id: 3 } }), ["INVALID_EVENT"]);
    assert.deepEqual(await rejections(envelope(5, { name: "Y" })), ["ID_REUSED"]);
    keys.set("foreign", (await keyFor(server, "ingest", "org_foreign")).key);
    assert.deepEqual(await rejections(envelope(7), `&building=${building}`, "foreign"), ["UNKNOWN_BUILDING"]);
  });
});
