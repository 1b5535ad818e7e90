import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { eventTypeNames } from "../../../src/dialects/butlr/types.ts";
import { type Answer, type Door, openDoor } from "./api-harness.ts";

let door: Door;
before(async () => {
  door = await openDoor();
});
after(async () => {
  await door.close();
});

const code = ({ status, errors }: Answer) => [status, errors[0]?.extensions.code];

async function post(payload: string, headers: Record<string, string> = {}) {
  const response = await door.server.inject({
    method: "POST",
    url: "/api/v3/graphql",
    headers: { authorization: "Bearer manager", "content-type": "application/json", ...headers },
    payload,
  });
  const body = response.json<{ errors?: Answer["errors"] }>();
  return [response.statusCode, body.errors?.[0]?.extensions.code];
}

describe("a GraphQL request", () => {
  test("may introspect, and tools see exactly the ten event types", async () => {
    const answer = await door.run("viewer", getIntrospectionQuery());
    assert.deepEqual(answer.errors, []);
    const schema = buildClientSchema(answer.data as unknown as IntrospectionQuery);
    assert.ok(schema.getType("WebhookCreateInput"));
    const names = await door.run("viewer", '{ __type(name: "EventType") { enumValues { name } } }');
    const { enumValues } = names.data!["__type"] as { enumValues: readonly { name: string }[] };
    assert.deepEqual(enumValues.map(({ name }) => name).toSorted(), eventTypeNames.toSorted());
  });

  test("that is too long in tokens, depth, aliases or root fields is refused", async () => {
    const aliases = Array.from({ length: 16 }, (_, n) => `x${n}: id`).join(" ");
    const refused = [
      await door.run("manager", `{ webhooks { ${"id ".repeat(1_999)} } }`),
      await door.run("manager", "{a".repeat(9) + "}".repeat(9)),
      await door.run("manager", `{ webhooks { ${aliases} } }`),
      await door.run("manager", `{ ${"__typename ".repeat(11)} }`),
      await door.run("manager", "{".repeat(20_000)),
    ];
    assert.deepEqual(refused.map(code), [
      [400, "GRAPHQL_LIMIT_EXCEEDED"],
      [400, "GRAPHQL_LIMIT_EXCEEDED"],
      [400, "GRAPHQL_LIMIT_EXCEEDED"],
      [400, "GRAPHQL_LIMIT_EXCEEDED"],
      [400, "GRAPHQL_LIMIT_EXCEEDED"],
    ]);
    assert.equal((await door.run("manager", "{ __typename }")).status, 200);
  });

  test("is one JSON object of at most 256 KiB", async () => {
    const query = "{ __typename }";
    assert.deepEqual(await post(JSON.stringify([{ query }])), [400, "BAD_REQUEST"]);
    assert.deepEqual(await post("{"), [400, "UNREADABLE_BODY"]);
    assert.deepEqual(await post("{}"), [400, "BAD_REQUEST"]);
    assert.deepEqual(await post(JSON.stringify({ query, variables: [] })), [400, "BAD_REQUEST"]);
    assert.deepEqual(await post(JSON.stringify({ query, operationName: 1 })), [400, "BAD_REQUEST"]);
    assert.deepEqual(await post(JSON.stringify({ query: `#${"x".repeat(262_144)}` })), [413, "PAYLOAD_TOO_LARGE"]);
    assert.deepEqual(await post(query, { "content-type": "application/graphql" }), [415, "UNSUPPORTED_MEDIA_TYPE"]);
    assert.deepEqual(await post(`query=${query}`, { "content-type": "text/plain" }), [415, "UNSUPPORTED_MEDIA_TYPE"]);
    const nulls = JSON.stringify({ query, variables: null, operationName: null, extensions: {} });
    assert.deepEqual(await post(nulls, { "content-type": "application/json; charset=utf-8" }), [200, undefined]);
  });

  test("cannot smuggle a syntax tree past the parser", async () => {
    const tree = '{"kind":"Document","definitions":[]}';
    assert.deepEqual(await post(JSON.stringify({ query: tree })), [200, "GRAPHQL_PARSE_FAILED"]);
  });

  test("by GET asks, and changes nothing", async () => {
    const get = async (search: Record<string, string>, accept = "*/*") => {
      const response = await door.server.inject({
        url: `/api/v3/graphql?${new URLSearchParams(search).toString()}`,
        headers: { authorization: "Bearer manager", accept },
      });
      const body = response.json<{ data?: unknown; errors?: Answer["errors"] }>();
      return [response.statusCode, body.errors?.[0]?.extensions.code ?? body.data];
    };
    assert.deepEqual(await get({ query: "{ webhooks { id } }" }), [200, { webhooks: [] }]);
    const named = { query: "query a { __typename } query b($n: [String!]) { rooms(ids: $n) { data { id } } }" };
    assert.deepEqual(await get({ ...named, operationName: "b", variables: '{"n":[]}' }), [
      200,
      { rooms: { data: [] } },
    ]);
    assert.deepEqual(await get({ query: "mutation { deleteWebhooks(ids: []) }" }), [405, "METHOD_NOT_ALLOWED"]);
    assert.deepEqual(await get({}), [400, "BAD_REQUEST"]);
    assert.deepEqual(await get({ ...named, variables: "[1]" }), [400, "BAD_REQUEST"]);
    assert.deepEqual(await get({ ...named, variables: "{" }), [400, "BAD_REQUEST"]);
    assert.deepEqual(await get(named, "text/html"), [406, "NOT_ACCEPTABLE"]);
  });

  test("that does not fit the schema is answered by the media type that the client takes", async () => {
    const send = async (query: string, accept: string) => {
      const response = await door.server.inject({
        method: "POST",
        url: "/api/v3/graphql",
        headers: { authorization: "Bearer manager", "content-type": "application/json", accept },
        payload: JSON.stringify({ query }),
      });
      return [response.statusCode, response.headers["content-type"]];
    };
    const json = "application/json; charset=utf-8";
    const graphql = "application/graphql-response+json; charset=utf-8";
    const apollo = "application/graphql-response+json,application/json;q=0.9";
    for (const bad of ["{ nothing }", "{ webhooks", "query($a: Int!) { webhooks { id } }"]) {
      assert.deepEqual(await send(bad, "application/json"), [200, json]);
      assert.deepEqual(await send(bad, "*/*"), [200, json]);
      assert.deepEqual(await send(bad, apollo), [400, graphql]);
    }
    assert.deepEqual(await send("{ webhooks { id } }", apollo), [200, graphql]);
    const tooDeep = "{a".repeat(9) + "}".repeat(9);
    assert.deepEqual(await send(tooDeep, "application/json"), [400, json]);
  });

  test("hears nothing of what went wrong inside, the log does", async () => {
    const broken = await openDoor();
    const path = "/srv/belfry.sqlite";
    Object.assign(broken.registry, {
      snapshot: () => Promise.reject(new Error(`The database ${path} is malformed.`)),
    });
    const answer = await broken.run("manager", "{ webhooks { id } }");
    assert.deepEqual(code(answer), [200, "INTERNAL"]);
    assert.match(answer.errors[0]!.message, /^Internal error in request/);
    assert.doesNotMatch(answer.text, /database|sqlite|stack|\.ts/i);
    assert.equal(broken.logged.length, 1);
    await broken.close();
  });
});

describe("signing in", () => {
  const good = {
    client_id: "manager",
    client_secret: "secret",
    audience: "https://butlrauth/",
    grant_type: "client_credentials",
  };
  const login = async (payload: unknown, type = "application/json") => {
    const body = typeof payload === "string" ? payload : JSON.stringify(payload);
    const headers = { "content-type": type };
    const response = await door.server.inject({ method: "POST", url: "/api/v2/clients/login", headers, payload: body });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>(), headers: response.headers };
  };

  test("answers with a bearer token as the documents show it", async () => {
    const { status, body, headers } = await login(good);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["access_token", "scope", "expires_in", "token_type"]);
    assert.deepEqual([body["access_token"], body["expires_in"], body["token_type"]], ["manager", 3600, "Bearer"]);
    assert.match(String(body["scope"]), /^read:spaces .*write:rooms .*delete:hives$/);
    assert.equal(headers["cache-control"], "no-store");
  });

  test("a viewer's scope has only reading, an ingest key's nothing", async () => {
    const viewer = await login({ ...good, client_id: "viewer" });
    assert.equal(viewer.body["scope"], "read:spaces read:rooms read:sensors read:hives");
    assert.equal((await login({ ...good, client_id: "ingest" })).body["scope"], "");
  });

  test("with a wrong id or secret is refused in the same words", async () => {
    const wrongSecret = await login({ ...good, client_secret: "guess" });
    const wrongId = await login({ ...good, client_id: "nobody" });
    assert.deepEqual([wrongSecret.status, wrongSecret.body["error"]], [401, "access_denied"]);
    assert.deepEqual([wrongId.status, wrongId.body], [401, wrongSecret.body]);
  });

  test("names every field that is missing", async () => {
    const { status, body } = await login({ client_id: "manager", audience: "", grant_type: 1 });
    assert.equal(status, 400);
    assert.equal(body["error"], "invalid_request");
    assert.match(String(body["error_description"]), /client_secret, audience, grant_type/);
  });

  test("offers client credentials in JSON and nothing else", async () => {
    assert.equal((await login({ ...good, grant_type: "password" })).body["error"], "unsupported_grant_type");
    assert.deepEqual(
      [(await login([good])).status, (await login("{")).status, (await login("null")).status],
      [400, 400, 400],
    );
    const form = await login("client_id=manager", "application/x-www-form-urlencoded");
    assert.deepEqual([form.status, form.body["error"]], [415, "invalid_request"]);
  });
});
