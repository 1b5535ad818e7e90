import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { z } from "zod";
import { pageOf } from "../../../../src/dialects/butterflymx/page.ts";
import { createContract, type Exchange } from "../../../fixtures/contract.ts";
import { openHouse } from "../fixture.ts";

const house = await openHouse();
after(() => house.close());
const { document } = house;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the OpenAPI document", () => {
  test("has every route that is registered, and no other", async () => {
    const registered = (await house.routes()).map(({ method, path }) => `${method} ${path}`);
    const documented = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    );
    assert.deepEqual(documented.toSorted(), registered.toSorted());
    assert.ok(documented.length > 50);
    for (const path of ["/v3/me/calls", "/oauth/token", "/oauth/authorize", "/qr/{file}", "/api/mobile/regions"]) {
      assert.ok(path in document.paths, path);
    }
  });

  test("says of every operation what it does, what its path holds, and how it refuses", () => {
    for (const { path, method, operation } of operations) {
      const { summary, parameters, responses, security } = operation as typeof operation & {
        readonly summary: string;
        readonly security?: readonly object[];
      };
      assert.ok(summary.length > 10 && summary.endsWith("."), `${method} ${path}`);
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      const asksForKey = /^\/v[34]\//.test(path);
      assert.equal(security === undefined, asksForKey, path);
      assert.equal(responses["401"] !== undefined, asksForKey, path);
      for (const status of Object.keys(responses)) assert.match(status, /^(?:[2345]\d\d|default)$/);
    }
  });

  test("has schemas that the readers of the standard take, and no reference that leads nowhere", () => {
    const { openapi, components } = document as unknown as {
      openapi: string;
      components: { schemas: Record<string, Parameters<typeof z.fromJSONSchema>[0] & object> };
    };
    assert.equal(openapi, "3.1.0");
    const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, validateFormats: false });
    ajv.addVocabulary(["openapi", "info", "security", "paths", "components"]);
    for (const [name, schema] of Object.entries(components.schemas)) {
      assert.ok(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`);
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    assert.ok(references.length > 60);
    for (const [, name = ""] of references) assert.ok(name in components.schemas, name);
    const used = new Set(references.map(([, name]) => name));
    assert.deepEqual(
      Object.keys(components.schemas).filter((name) => !used.has(name)),
      [],
    );
    const building = z.fromJSONSchema(components.schemas["Building"]!);
    assert.ok(!building.safeParse({ id: "1" }).success);
  });

  test("has schemas for every body, answer and parameter that can be compiled, asked for by other tests or not", () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "document");
    const compiled = new Set<string>();
    for (const { path, method, operation } of operations) {
      const { requestBody, responses, parameters } = operation;
      const contents = [requestBody ?? {}, ...Object.values(responses)].flatMap(({ content = {} }) =>
        Object.values(content),
      );
      for (const { schema } of [...contents, ...parameters]) {
        const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
        if (compiled.has(text)) continue;
        compiled.add(text);
        assert.doesNotThrow(() => ajv.compile(JSON.parse(text) as object), `${method} ${path}`);
      }
    }
  });

  test("is served to everybody, and has none of the operator's routes", async () => {
    const { statusCode, headers } = await house.server.inject("/v1/openapi/butterflymx.json");
    assert.equal(statusCode, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.ok(operations.every(({ path }) => !path.startsWith("/v1/")));
  });
});

describe("the judge that the tests hold requests and answers against", () => {
  const judge = createContract(document);
  const unit = { id: 1, label: "1A", floor: null, building_id: 2, created_at: "x", updated_at: "x" };
  const good: Exchange = {
    method: "GET",
    url: "/v4/units/1",
    status: 200,
    type: "application/json; charset=utf-8",
    text: JSON.stringify({ data: unit }),
  };
  const saying = (data: object) => ({ text: JSON.stringify({ data }) });
  const { floor: _, ...without } = unit;
  const page = JSON.stringify(pageOf([unit], {}));
  const login = { type: "application/x-www-form-urlencoded", text: "grant_type=magic" };

  test("takes what is documented", () => {
    judge(good);
    judge({ ...good, status: 404, text: JSON.stringify({ errors: [{ field: "a", code: "b", message: "c" }] }) });
    judge({ ...good, url: "/v4/nothing", status: 404, text: "whatever" });
  });

  const bad: Readonly<Record<string, Partial<Exchange>>> = {
    "a route that is not in the document": { url: "/v4/secrets" },
    "a method that is not in the document": { method: "PATCH" },
    "an answer with a key too few": saying(without),
    "an answer with a key too many": saying({ ...unit, owner: "x" }),
    "an answer with a value of another kind": saying({ ...unit, id: "1" }),
    "a status that is not documented": { status: 202 },
    "a refusal in another form": { status: 404, text: JSON.stringify({ error: "no" }) },
    "another media type": { type: "text/html" },
    "a query value out of bounds": { url: "/v4/units?per=101", text: page },
    "a request that succeeded though the document forbids it": {
      method: "POST",
      url: "/oauth/token",
      sent: login,
      text: JSON.stringify({ access_token: "", token_type: "Bearer", expires_in: 1, scope: "public", created_at: 1 }),
    },
    "a body where none is documented": {
      method: "DELETE",
      url: "/v4/keychains/1",
      status: 204,
      type: null,
      text: "{}",
    },
  };
  for (const [what, change] of Object.entries(bad)) {
    test(`refuses ${what}`, () => assert.throws(() => judge({ ...good, ...change }), { code: "ERR_ASSERTION" }));
  }
});
