import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { northDocument } from "./place.ts";
import { openHouse, principals, putModel, requestFor } from "./fixture.ts";

let house = await openHouse();
beforeEach(async () => {
  await house.close();
  house = await openHouse();
});
after(() => house.close());

const building = "/v4/buildings/building_1/integrations";
const tenant = "/v4/tenants/alia/integrations";
const url = "https://your-webhook-url.com/building-events?token=a%20b&type=x";
const notFound = `{"errors":[{"field":"base","code":"not_found","message":"Resource not found"}]}`;

async function create(path = building, body = requestFor(url), as = "north"): Promise<string> {
  const { status, body: answer } = await house.call("POST", path, { as, body });
  assert.equal(status, 200, JSON.stringify(answer));
  return answer.data.id;
}

test("a created integration is answered as the vendor's clients read it, with the signing secret once", async () => {
  const created = await house.call("POST", building, { body: requestFor(url) });
  assert.equal(created.status, 200);
  const { id, attributes } = created.body.data;
  const { signing_secret, ...rest } = attributes;
  assert.match(id, /^\d+$/);
  assert.match(signing_secret, /^whsec_/);
  const configuration = { url, method: "post" };
  const shown = {
    id,
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration,
      config: configuration,
      bindings: [
        { resource_type: "access_log", actions: ["create"], resource_id: null },
        { resource_type: "call", actions: ["create"], resource_id: null },
      ],
    },
  };
  assert.deepEqual({ ...created.body.data, attributes: rest }, shown);
  assert.equal((await house.call("GET", `${building}/${id}`)).text, JSON.stringify({ data: shown }));
  const list = await house.call("GET", building);
  assert.deepEqual(list.body.data, [shown]);
  assert.equal(list.body.page_info.total_item_count, 1);
});

test("the stored subscription says what delivery needs", async () => {
  const id = await create(tenant);
  const stored = (await house.registry.subscription(id, null))!;
  const { signingSecrets, document, ...rest } = stored;
  assert.equal(signingSecrets.length, 1);
  assert.ok(!document.includes("example") && !document.includes("whsec_"));
  assert.deepEqual(rest, {
    number: Number(id),
    id,
    organization: "org_north",
    dialect: "butterflymx",
    name: "webhook",
    scope: { kind: "tenant", id: "alia" },
    bindings: [
      { type: "access_log.create", variant: 1, resource: null },
      { type: "call.create", variant: 0, resource: null },
    ],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url, timeoutMs: null, apiKey: null, basicAuth: null },
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    payload: { format: "both", secrecy: false, includeLocked: false },
    state: "active",
    disabledReason: null,
    createdAt: 1_750_000_000_000,
    updatedAt: 1_750_000_000_000,
  });
});

test("PUT replaces everything, keeps id and secret, and switches a disabled integration on again", async () => {
  const id = await create();
  const before = (await house.registry.subscription(id, null))!;
  const disabled = { ...before, state: "disabled" as const, disabledReason: "gone" };
  await house.registry.change({ organization: "org_north", revision: null, put: [disabled], audit: [] });

  const body = requestFor("https://your-webhook-url.com/elsewhere", [
    { resource_type: "door_release", actions: ["create"], resource_id: "22177636" },
  ]);
  const updated = await house.call("PUT", `${building}/${id}`, { body });
  assert.equal(updated.status, 200);
  assert.equal(updated.body.data.attributes.signing_secret, undefined);
  assert.deepEqual(updated.body.data.attributes.bindings, [
    { resource_type: "door_release", actions: ["create"], resource_id: "22177636" },
  ]);
  const stored = (await house.registry.subscription(id, null))!;
  assert.deepEqual(stored.bindings, [{ type: "access_log.create", variant: 2, resource: "front" }]);
  assert.equal(stored.endpoint.url, "https://your-webhook-url.com/elsewhere");
  assert.deepEqual(stored.signingSecrets, before.signingSecrets);
  assert.equal(stored.state, "active");
  assert.equal(stored.disabledReason, null);
  assert.deepEqual((await house.call("GET", `${building}/${id}`)).body, updated.body);
});

test("DELETE answers 204 without a body, and the integration is gone", async () => {
  const id = await create();
  const removed = await house.call("DELETE", `${building}/${id}`);
  assert.deepEqual([removed.status, removed.text], [204, ""]);
  assert.equal(await house.registry.subscription(id, null), null);
  for (const method of ["GET", "DELETE"] as const) {
    assert.equal((await house.call(method, `${building}/${id}`)).text, notFound);
  }
  const again = await house.call("PUT", `${building}/${id}`, { body: requestFor(url) });
  assert.deepEqual([again.status, again.text], [404, notFound]);
});

test("the same URL may be registered twice, also by many at once", async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, () => create()));
  assert.equal(new Set(ids).size, 30);
  assert.equal((await house.call("GET", building)).body.page_info.total_item_count, 30);
});

test("lists come in pages, oldest first", async () => {
  const ids: string[] = [];
  for (let each = 0; each < 3; each++) ids.push(await create());
  const page = (await house.call("GET", `${building}?page=2&per=2`)).body;
  assert.deepEqual(
    page.data.map(({ id }: { id: string }) => id),
    ids.slice(2),
  );
  assert.equal(page.page_info.prev_page, 1);
  const refused = await house.call("GET", `${building}?per=101`);
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.errors, [
    { field: "per", code: "inclusion", message: "must be a whole number from 1 to 100" },
  ]);
});

test("paths take ids and numbers, and each scope shows only its own", async () => {
  const id = await create("/v4/buildings/577696272/integrations");
  const own = await create("/v4/tenants/37112193/integrations");
  assert.equal((await house.call("GET", `${building}/${id}`)).status, 200);
  assert.equal((await house.call("GET", `${tenant}/${own}`)).status, 200);
  for (const path of [`${building}/${own}`, `${tenant}/${id}`, `/v4/buildings/building_2/integrations/${id}`]) {
    assert.equal((await house.call("GET", path)).text, notFound);
    assert.equal((await house.call("DELETE", path)).text, notFound);
    assert.equal((await house.call("PUT", path, { body: requestFor(url) })).text, notFound);
  }
  assert.deepEqual((await house.call("GET", "/v4/buildings/building_2/integrations")).body.data, []);
});

test("who may do what: everybody else hears what is heard of things that do not exist", async () => {
  const may: Record<string, readonly string[]> = {
    "buildings/building_1": ["operator", "north", "one_quay"],
    "buildings/building_2": ["operator", "north", "two_quay"],
    "buildings/building_9": ["operator", "south"],
    "buildings/nowhere": [],
    "tenants/alia": ["operator", "north", "one_quay", "alia"],
    "tenants/duncan": ["operator", "north", "one_quay", "duncan"],
    "tenants/leto": ["operator", "north", "two_quay"],
    "tenants/building_1": ["operator", "north", "two_quay", "namesake"],
    "tenants/paul": ["operator", "south"],
    "tenants/nobody": [],
  };
  const ids = new Map<string, string>();
  for (const parent of Object.keys(may)) {
    if (may[parent]!.length > 0) ids.set(parent, await create(`/v4/${parent}/integrations`, undefined, "operator"));
  }
  house.judged.length = 0;
  for (const [parent, allowed] of Object.entries(may)) {
    for (const as of Object.keys(principals)) {
      const all = `/v4/${parent}/integrations`;
      const one = `${all}/${ids.get(parent) ?? "1"}`;
      const expected = allowed.includes(as) ? 200 : 404;
      const answers = [
        await house.call("GET", all, { as }),
        await house.call("GET", one, { as }),
        await house.call("PUT", one, { as, body: requestFor(url) }),
        ...(expected === 404
          ? [
              await house.call("POST", all, { as, body: requestFor(url) }),
              await house.call("POST", all, { as, body: {} }),
              await house.call("DELETE", one, { as }),
            ]
          : []),
      ];
      for (const answer of answers) {
        assert.equal(answer.status, expected, `${as} at ${one}: ${answer.text}`);
        if (expected === 404) assert.equal(answer.text, notFound);
      }
    }
  }
  const writers = Object.values(may).flat().length;
  assert.equal(house.judged.length, writers, "no address is looked up for those who may not write");
  for (const id of ids.values()) assert.notEqual(await house.registry.subscription(id, null), null);
});

test("without a known token every path answers 401 with both spellings of its message", async () => {
  for (const [method, path, as] of [
    ["GET", building, null],
    ["POST", tenant, null],
    ["DELETE", `${building}/1`, "stranger"],
    ["PUT", "/v3/tenants/nobody/integrations/1", null],
  ] as const) {
    const answer = await house.call(method, path, {
      as,
      ...(method === "POST" ? { text: "{", type: "text/plain" } : {}),
    });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers["www-authenticate"], "Bearer");
    assert.deepEqual(answer.body, {
      errors: [{ field: "base", code: "unauthorized", message: "Unauthorized", messages: "Unauthorized" }],
    });
  }
});

test("a token in an address, a form or a cookie is no token", async () => {
  const type = "application/x-www-form-urlencoded";
  const answers = [
    await house.call("GET", `${building}?access_token=north`, { as: null }),
    await house.call("POST", building, { as: null, text: "access_token=north", type }),
    await house.call("GET", building, { as: null, headers: { cookie: "access_token=north" } }),
  ];
  for (const { status } of answers) assert.equal(status, 401);
});

test("the bare token of the vendor's OpenAPI is taken like Bearer", async () => {
  const answer = await house.call("GET", building, { as: null, headers: { authorization: "north" } });
  assert.equal(answer.status, 200);
});

test("both media types are taken and answered in kind, others are refused", async () => {
  const json = "application/json; charset=utf-8";
  const api = "application/vnd.api+json";
  const types = async (type: string, accept?: string) => {
    const headers = accept === undefined ? {} : { accept };
    const answer = await house.call("POST", building, { body: requestFor(url), type, headers });
    assert.equal(answer.status, 200);
    return answer.type;
  };
  assert.equal(await types("application/json"), json);
  assert.equal(await types("application/json; charset=utf-8", "*/*"), json);
  assert.equal(await types(api), api);
  assert.equal(await types(api, "application/json"), json);
  assert.equal(await types("application/json", api), api);
  assert.equal((await house.call("GET", building, { headers: { accept: api } })).type, api);
  assert.equal((await house.call("GET", building, { headers: { accept: `${api}, application/json` } })).type, json);
  assert.equal((await house.call("GET", building)).type, json);
  assert.equal((await house.call("GET", "/v4/buildings/nowhere/integrations", { headers: { accept: api } })).type, api);
  for (const type of ["text/plain", "application/xml", "nonsense"]) {
    const answer = await house.call("POST", building, { text: "{}", type });
    assert.equal(answer.status, 415);
    assert.equal(answer.body.errors[0].code, "unsupported_media_type");
  }
});

test("an empty form hinders nothing, and an integration in a form is told what is missing", async () => {
  const type = "application/x-www-form-urlencoded";
  const id = await create();
  assert.equal((await house.call("GET", building, { text: "", type })).status, 200);
  const answer = await house.call("POST", building, { text: "integrator=webhook", type });
  assert.equal(answer.status, 422);
  assert.deepEqual(
    answer.body.errors.map(({ field }: { field: string }) => field),
    ["integrator", "data"],
  );
  assert.equal((await house.call("DELETE", `${building}/${id}`, { text: "", type })).status, 204);
  const other = await create();
  assert.equal((await house.call("DELETE", `${building}/${other}`, { text: "", type: "text/plain" })).status, 204);
});

test("a tenant has at most a thousand integrations; the next one is refused until one is deleted", async () => {
  const id = await create(tenant);
  const first = (await house.registry.subscription(id, null))!;
  const number = await house.registry.allocate(999);
  const put = Array.from({ length: 999 }, (_, index) => ({
    ...first,
    number: number + index,
    id: String(number + index),
  }));
  await house.registry.change({ organization: "org_north", revision: null, put, audit: [] });
  const refused = await house.call("POST", tenant, { body: requestFor(url) });
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors[0].message, /^There are 1000 integrations of this tenant already/);
  assert.equal((await house.call("PUT", `${tenant}/${id}`, { body: requestFor(url) })).status, 200);
  await create("/v4/tenants/duncan/integrations");
  assert.equal((await house.call("DELETE", `${tenant}/${id}`)).status, 204);
  await create(tenant);
});

test("bodies that are no JSON, empty or too large are answered in the vendor's form", async () => {
  for (const text of ["", "{", '{"data":', "\u0000"]) {
    const answer = await house.call("POST", building, { text });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body, {
      errors: [{ field: "base", code: "invalid", message: "The body is not JSON. Send one JSON object." }],
    });
  }
  const latin = await house.server.inject({
    method: "POST",
    url: building,
    headers: { authorization: "Bearer north", "content-type": "application/json" },
    payload: Buffer.from(JSON.stringify(requestFor("https://a.example/\u00e9")), "latin1"),
  });
  assert.equal(latin.statusCode, 400);
  const large = await house.call("POST", building, { body: requestFor(`https://a.example/${"x".repeat(70_000)}`) });
  assert.equal(large.status, 413);
  assert.equal(large.body.errors[0].code, "payload_too_large");
});

test("a body is told all its faults at once: shape, address and records that must exist", async () => {
  const bindings = [
    { resource_type: "access_log", actions: ["create"], resource_id: "nowhere" },
    { resource_type: "access_log", actions: ["create"], resource_id: "back" },
    { resource_type: "call", actions: ["create"], resource_id: "22177636" },
    { resource_type: "call", actions: ["delete"] },
    { resource_type: "door_release", actions: ["create"], resource_id: "garage" },
    { resource_type: "door_release", actions: ["create"], resource_id: 91 },
  ];
  for (const [method, path] of [
    ["POST", building],
    ["POST", tenant],
    ["PUT", `${building}/${await create()}`],
  ] as const) {
    const answer = await house.call(method, path, { body: { ...requestFor("https://10.0.0.1/", bindings), x: 1 } });
    assert.equal(answer.status, 422);
    const missing = { code: "blank", message: "must exist" };
    assert.deepEqual(answer.body.errors, [
      { field: "x", code: "invalid", message: "is not known here; everything belongs into data" },
      { field: "bindings.3.actions", code: "inclusion", message: "must be one of: create, status_update" },
      { field: "configuration.url", code: "invalid", message: "Give an https address on the public internet." },
      { field: "bindings.0.resource_id", ...missing },
      { field: "bindings.1.resource_id", ...missing },
      { field: "bindings.2.resource_id", ...missing },
      { field: "bindings.5.resource_id", ...missing },
    ]);
  }
  assert.equal((await house.call("GET", building)).body.page_info.total_item_count, 1);
});

test("a binding may single out an access point or a device, by id or number, also for a tenant", async () => {
  const bindings = [
    { resource_type: "access_log", actions: ["create"], resource_id: "22177636" },
    { resource_type: "call", actions: ["create", "status_update"], resource_id: "panel" },
  ];
  for (const path of [building, tenant]) {
    const stored = (await house.registry.subscription(await create(path, requestFor(url, bindings)), null))!;
    assert.deepEqual(stored.bindings, [
      { type: "access_log.create", variant: 1, resource: "front" },
      { type: "call.create", variant: 0, resource: "panel" },
      { type: "call.status_update", variant: 0, resource: "panel" },
    ]);
  }
});

test("the first-party SDK finds its v3 paths: register, find by URL, delete", async () => {
  const path = "/v3/tenants/37112193/integrations";
  const body = requestFor(url, [{ resource_type: "call", actions: ["create", "status_update"] }]);
  const id = await create(path, body, "alia");
  const list = await house.call("GET", path, { as: "alia" });
  assert.equal(list.body.data[0].id, id);
  assert.deepEqual(list.body.data[0].attributes.config, { url, method: "post" });
  assert.equal((await house.call("GET", `/v4/tenants/alia/integrations/${id}`, { as: "alia" })).status, 200);
  assert.equal((await house.call("DELETE", `${path}/${id}`, { as: "alia" })).status, 204);
});

test("a tenant who moves out while a request is on its way gets no integration", async () => {
  const { judge } = house;
  judge.url = async () => {
    await putModel(house.registry, { ...northDocument, sites: [] });
    return { allowed: true };
  };
  const answer = await house.call("POST", tenant, { body: requestFor(url) });
  assert.deepEqual([answer.status, answer.text], [404, notFound]);
  assert.deepEqual((await house.registry.snapshot("org_north"))!.subscriptions, []);
});

test("a change that meets another one is decided again on what holds then", async () => {
  const id = await create();
  const { judge } = house;
  judge.url = async () => {
    await house.call("DELETE", `${building}/${id}`);
    return { allowed: true };
  };
  assert.equal((await house.call("PUT", `${building}/${id}`, { body: requestFor(url) })).text, notFound);
});

test("a fault of ours is logged and answered without its details", async () => {
  house.judge.url = async () => {
    throw new Error("secret detail");
  };
  const answer = await house.call("POST", building, { body: requestFor(url) });
  assert.equal(answer.status, 500);
  assert.equal(answer.body.errors[0].code, "internal");
  assert.ok(!answer.text.includes("secret detail"));
  assert.equal(house.logged.length, 1);
});
