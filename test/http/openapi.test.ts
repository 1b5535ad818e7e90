import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { maskedUrl } from "../../src/model/subscription.ts";
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
    ["organization", "subscription", "state", "since", "limit", "cursor"],
  );
  assert.ok(parameters.every(({ required }) => !required));
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
    ["PATCH /v1/subscriptions/{id}", `/v1/subscriptions/${subscription.id}`, { signatures: ["ed25519"] }],
    ["POST /v1/subscriptions/{id}/signing-secret/reveal", `/v1/subscriptions/${subscription.id}/signing-secret/reveal`],
    ["GET /v1/events", "/v1/events"],
    ["GET /v1/events/{id}", "/v1/events/event_1"],
    ["GET /v1/deliveries", "/v1/deliveries"],
    ["GET /v1/deliveries/{id}", `/v1/deliveries/delivery_${delivery}`],
    ["POST /v1/deliveries/{id}/resend", `/v1/deliveries/delivery_${delivery}/resend`],
    ["GET /v1/keys", "/v1/keys"],
    ["POST /v1/keys", "/v1/keys", { role: "operator" }],
    ["GET /v1/audit", "/v1/audit"],
    ["GET /v1/organizations", "/v1/organizations"],
    ["GET /v1/occupancy", "/v1/occupancy"],
    ["GET /v1/occupancy", "/v1/occupancy?space=room_a"],
    ["GET /v1/explain", "/v1/explain?space=room_a"],
    ["GET /v1/sensors", "/v1/sensors"],
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

test("query values of a URL are masked, whatever their form", () => {
  const cases = {
    "https://a.test/x": "https://a.test/x",
    "https://a.test/x?token=secret&b=2": "https://a.test/x?token=***&b=***",
    "https://a.test/x?secret": "https://a.test/x?***",
    "https://a.test/?a=b=c?d&&e=": "https://a.test/?a=***&***&e=***",
    "https://a.test/x#secret": "https://a.test/x",
    "https://a.test/x?a=1#secret": "https://a.test/x?a=***",
  };
  for (const [url, masked] of Object.entries(cases)) assert.equal(maskedUrl(url), masked);
});
