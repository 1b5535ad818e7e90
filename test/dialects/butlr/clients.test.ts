import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Door, openDoor } from "./api-harness.ts";

let door: Door;
before(async () => {
  door = await openDoor();
});
after(async () => {
  await door.close();
});

async function call(who: string | null, method: "GET" | "POST" | "DELETE", path = "", payload?: unknown, more = {}) {
  const response = await door.server.inject({
    method,
    url: `/api/v1/client${path}`,
    headers: {
      ...(who !== null && { authorization: `Bearer ${who}` }),
      ...(payload !== undefined && { "content-type": "application/json" }),
      ...more,
    },
    ...(payload !== undefined && { payload: typeof payload === "string" ? payload : JSON.stringify(payload) }),
  });
  const body = response.body === "" ? null : response.json<Record<string, string> & Record<string, string>[]>();
  return { status: response.statusCode, body, text: response.body, headers: response.headers };
}

describe("credentials for programs", () => {
  test("are made, listed, shown and deleted by whoever manages the organization", async () => {
    const made = await call("manager", "POST", "", { name: "dashboard", description: "on the wall" });
    assert.equal(made.status, 201);
    assert.deepEqual(Object.keys(made.body!), ["name", "description", "client_id", "client_secret"]);
    assert.deepEqual([made.body!["name"], made.body!["description"]], ["dashboard", "on the wall"]);
    const id = made.body!["client_id"]!;
    assert.match(id, /^client_[0-9A-Za-z]{27}$/);
    assert.match(made.body!["client_secret"]!, /^[0-9A-Za-z]{49}$/);
    assert.equal(made.headers["cache-control"], "no-store");

    // Those of one millisecond are listed in the order of their ids, which are made by chance.
    door.clock.advance(1);
    const bare = await call("manager", "POST", "", { name: "second" });
    assert.equal(bare.body!["description"], "");
    const listed = await call("manager", "GET");
    assert.deepEqual(
      listed.body!.map(({ client_id, name }) => [client_id, name]),
      [
        [id, "dashboard"],
        [bare.body!["client_id"], "second"],
      ],
    );
    assert.doesNotMatch(listed.text, /secret/);
    const shown = await call("manager", "GET", `/${id}`);
    assert.deepEqual(Object.keys(shown.body!), ["id", "client_id", "name", "description", "created_at"]);
    assert.deepEqual([shown.body!["id"], shown.body!["description"]], [id, "on the wall"]);

    const gone = await call("manager", "DELETE", `/${id}`);
    assert.deepEqual([gone.status, gone.text], [204, ""]);
    for (const method of ["GET", "DELETE"] as const) {
      const again = await call("manager", method, `/${id}`);
      assert.deepEqual([again.status, again.body!["code"]], [404, "CLIENT_NOT_FOUND"]);
    }
    assert.equal((await call("manager", "GET")).body!.length, 1);
    const key = await door.registry.key(id);
    assert.deepEqual([key!.role, key!.organization, key!.revokedAt === null], ["organization", "org_1", false]);
  });

  test("of another organization are as those that do not exist", async () => {
    const made = await call("manager", "POST", "", { name: "ours" });
    const id = made.body!["client_id"]!;
    const foreign = await call("foreign", "GET", `/${id}`);
    const none = await call("foreign", "GET", "/client_0000000000000000000000000000");
    assert.deepEqual([foreign.status, foreign.text], [none.status, none.text]);
    assert.equal((await call("foreign", "DELETE", `/${id}`)).status, 404);
    assert.deepEqual((await call("foreign", "GET")).body, []);
    assert.equal((await call("manager", "GET", `/${id}`)).status, 200);
  });

  test("need a token, and a role that may", async () => {
    for (const [method, path] of [
      ["GET", ""],
      ["POST", ""],
      ["GET", "/client_x"],
      ["DELETE", "/client_x"],
    ] as const) {
      const payload = method === "POST" ? { name: "x" } : undefined;
      const nobody = await call(null, method, path, payload);
      assert.deepEqual([nobody.status, nobody.body!["code"]], [401, "UNAUTHENTICATED"]);
      assert.equal(nobody.headers["www-authenticate"], "Bearer");
      for (const who of ["viewer", "ingest", "building", "tenant"]) {
        const denied = await call(who, method, path, payload);
        assert.deepEqual([denied.status, denied.body!["code"]], [403, "FORBIDDEN"], who);
      }
    }
    const unread = await call(null, "POST", "", "{");
    assert.deepEqual([unread.status, unread.body!["code"]], [401, "UNAUTHENTICATED"], "nor about a broken body");
    assert.equal((await call("operator", "GET")).body!["code"], "INVALID_REQUEST");
    const named = await call("operator", "GET", "", undefined, { "belfry-organization": "org_2" });
    assert.equal(named.status, 200);
  });

  test("have a name and perhaps a description, in JSON", async () => {
    for (const wrong of [
      {},
      [],
      null,
      { name: "" },
      { name: "  " },
      { name: 5 },
      { name: "x".repeat(201) },
      { name: "x", description: 1 },
      "{",
    ]) {
      const refused = await call("manager", "POST", "", wrong);
      assert.deepEqual([refused.status, refused.body!["code"]], [400, "INVALID_REQUEST"], JSON.stringify(wrong));
      assert.ok(refused.body!["error"]);
    }
    const text = await call("manager", "POST", "", "name=x", { "content-type": "text/plain" });
    assert.deepEqual([text.status, text.body!["code"]], [415, "UNSUPPORTED_MEDIA_TYPE"]);
  });
});
