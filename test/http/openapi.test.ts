import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { maskedUrl } from "../../src/model/subscription.ts";
import { campus } from "../building/models.ts";
import { addDelivery, addSubscription, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

interface Operation {
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; required: boolean }[];
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }> }>>;
}
interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let house: House;
let document: OpenApi;

before(async () => {
  house = await openHouse();
  document = (await ask(house, "GET /v1/openapi.json")).body as OpenApi;
});
after(() => house.close());

test("every registered route of /v1 stands in the OpenAPI document, and nothing else does", () => {
  assert.deepEqual([document.openapi, document.info.version], ["3.1.0", "1.2.3"]);
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  const registered = house.server.routes
    .filter(({ method, path }) => path.startsWith("/v1/") && method !== "HEAD" && path !== "/v1/openapi.json")
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(documented.toSorted(), registered.toSorted());
});

test("every operation says what it does, what its path holds and how it fails", () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { summary, parameters, responses } of Object.values(methods)) {
      assert.ok(summary.length > 10, path);
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      assert.ok(responses["default"]?.content?.["application/problem+json"] !== undefined);
    }
  }
  const { parameters } = document.paths["/v1/deliveries"]!["get"]!;
  assert.deepEqual(
    parameters.map(({ name }) => name),
    "organization subscription state code event type subject replay since until limit cursor".split(" "),
  );
  assert.ok(parameters.every(({ required }) => !required));
});

test("lists lead to their items and to their next page", () => {
  const { responses } = document.paths["/v1/deliveries"]!["get"]!;
  assert.deepEqual((responses["200"] as { links?: object }).links, {
    item: {
      operationRef: "#/paths/~1v1~1deliveries~1{id}/get",
      parameters: { id: "$response.body#/data/0/id" },
    },
    next: { operationRef: "#/paths/~1v1~1deliveries/get", parameters: { cursor: "$response.body#/next" } },
  });
  const linked = Object.entries(document.paths).filter(
    ([, { get }]) => get !== undefined && "links" in get.responses["200"]!,
  );
  assert.deepEqual(
    linked.map(([path]) => path),
    ["/v1/alerts", "/v1/deliveries", "/v1/events", "/v1/organizations", "/v1/replays", "/v1/subscriptions"],
  );
});

test("what the document allows the server takes: models, keys by role, and the dialect of events", async () => {
  const operation = (path: string, method: string) =>
    document.paths[path]![method] as unknown as {
      parameters: readonly { name: string; required: boolean; schema: { enum?: unknown } }[];
      requestBody: { required: boolean; content: Record<string, { schema: object }> };
    };
  const bodyOf = (path: string, method: string) =>
    new Ajv2020({ strict: false }).compile(operation(path, method).requestBody.content["application/json"]!.schema);
  const [dialect] = operation("/v1/events", "post").parameters;
  assert.deepEqual(
    [dialect!.name, dialect!.required, dialect!.schema.enum],
    ["dialect", true, ["butlr", "butterflymx"]],
  );

  const key = await keyFor(house, "operator");
  const keys = bodyOf("/v1/keys", "post");
  await ask(house, "PUT /v1/building-model", { key, body: modelOf("k") });
  for (const body of [
    { role: "operator" },
    { role: "operator", for: "org_k" },
    { role: "viewer" },
    { role: "viewer", for: "org_k" },
    { role: "viewer", for: ["org_k"] },
    { role: "viewer", for: ["org_k", "org_l"] },
    { role: "viewer", for: "a b" },
    { role: "building" },
    { role: "building", for: "building_k" },
    { role: "tenant", for: ["tenant_k"] },
    { role: "emperor" },
  ]) {
    const { status } = await ask(house, "POST /v1/keys", { key, body });
    assert.equal(keys(body), status === 201, JSON.stringify(body));
  }

  const models = bodyOf("/v1/building-model", "put");
  const change = (edit: (model: ReturnType<typeof campus>) => unknown): unknown => {
    const model = campus();
    edit(model);
    return model;
  };
  for (const body of [
    campus(),
    modelOf("m"),
    {},
    { organization: { id: "o", name: "O" } },
    change((model) => Object.assign(model.sites[0]!, { name: "" })),
    change((model) => Object.assign(model.sites[0]!, { timezone: 7 })),
    change((model) => Object.assign(model.sites[0]!.buildings[0]!, { floors: {} })),
    change((model) => Object.assign(model.sites[0]!.buildings[0]!.floors![0]!.sensors![0]!, { mode: "sleep" })),
    change((model) => Object.assign(model.sites[0]!.buildings[0]!.floors![0]!.sensors![0]!, { center: [1] })),
    change((model) => Object.assign(model.sites[0]!.buildings[0]!.floors![0]!, { id: "a b" })),
    change((model) => Object.assign(model.sites[0]!.buildings[0]!.floors![0]!, { customID: null })),
  ]) {
    const { status, text } = await ask(house, "PUT /v1/building-model", { key, body });
    assert.equal(models(body), status === 200, `${status} ${text.slice(0, 300)}`);
  }
});

test("answers are of the form that the document says", async () => {
  const key = await keyFor(house, "operator");
  await ask(house, "PUT /v1/building-model", { key, body: modelOf("a") });
  const subscription = await addSubscription(house, "org_a");
  const delivery = await addDelivery(house, subscription, "event_1");
  const wanted: readonly (readonly [string, string, unknown?])[] = [
    ["GET /v1/subscriptions", "/v1/subscriptions"],
    ["GET /v1/subscriptions/{id}", `/v1/subscriptions/${subscription.id}`],
    ["POST /v1/subscriptions/{id}/disable", `/v1/subscriptions/${subscription.id}/disable`],
    ["POST /v1/subscriptions/{id}/pause", `/v1/subscriptions/${subscription.id}/pause`],
    ["POST /v1/subscriptions/{id}/resume", `/v1/subscriptions/${subscription.id}/resume`],
    ["POST /v1/subscriptions/{id}/retry", `/v1/subscriptions/${subscription.id}/retry`],
    ["POST /v1/subscriptions/{id}/test", `/v1/subscriptions/${subscription.id}/test`, { type: "ROOM_OCCUPANCY" }],
    ["PATCH /v1/subscriptions/{id}", `/v1/subscriptions/${subscription.id}`, { signatures: ["ed25519"] }],
    ["POST /v1/subscriptions/{id}/signing-secret/reveal", `/v1/subscriptions/${subscription.id}/signing-secret/reveal`],
    ["GET /v1/events", "/v1/events"],
    ["GET /v1/events/{id}", "/v1/events/event_1"],
    ["GET /v1/deliveries", "/v1/deliveries"],
    ["GET /v1/deliveries/{id}", `/v1/deliveries/delivery_${delivery}`],
    ["POST /v1/deliveries/{id}/resend", `/v1/deliveries/delivery_${delivery}/resend`],
    ["POST /v1/deliveries/{id}/retry", `/v1/deliveries/delivery_${delivery}/retry`],
    ["GET /v1/keys", "/v1/keys"],
    ["POST /v1/keys", "/v1/keys", { role: "operator" }],
    ["GET /v1/audit", "/v1/audit"],
    ["GET /v1/audit/verify", "/v1/audit/verify"],
    ["GET /v1/organizations", "/v1/organizations"],
    ["GET /v1/occupancy", "/v1/occupancy?organization=org_a"],
    ["GET /v1/occupancy", "/v1/occupancy?space=room_a"],
    ["GET /v1/explain", "/v1/explain?space=room_a"],
    ["GET /v1/sensors", "/v1/sensors?organization=org_a"],
  ];
  for (const [operation, path, body] of wanted) {
    const [method, template] = operation.split(" ") as [string, string];
    const answer = await ask(house, `${method} ${path}`, { key, ...(body === undefined ? {} : { body }) });
    const { content } = document.paths[template]![method.toLowerCase()]!.responses[answer.status]!;
    const schema = z.fromJSONSchema(content!["application/json"]!.schema as Parameters<typeof z.fromJSONSchema>[0]);
    const parsed = schema.safeParse(answer.body);
    assert.ok(parsed.success, `${operation}: ${parsed.error?.message}`);
  }
});

test("of a URL scheme and host are shown, and nothing else, whatever its form", () => {
  const cases = {
    "https://a.test/x": "https://a.test/…",
    "https://a.test": "https://a.test/…",
    "http://a.test:8443/hook/T0ken?token=secret&b=2": "http://a.test:8443/…",
    "https://a.test?secret": "https://a.test/…",
    "https://[2606:4700::1]:8443/x#secret": "https://[2606:4700::1]:8443/…",
    "HTTPS://A.test/x": "https://a.test/…",
    "": "…",
    "no url with a secret": "…",
  };
  for (const [url, masked] of Object.entries(cases)) assert.equal(maskedUrl(url), masked);
});
