// Portal links over HTTP: who makes which, what one may look like, and what nobody does by one. What a link sees and changes:
// portal-scopes.alone.test.ts.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PortalRole } from "../../src/auth/portal-links.ts";
import { ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let operator: string;
let organization: string;

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  for (const name of ["a", "b"]) await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
  organization = await keyFor(house, "organization", "org_a");
});
after(() => house.close());

const make = (key: string, body: object = {}, headers: Record<string, string> = {}) =>
  ask(house, "POST /v1/portal-links", { key, body, headers });
const tokenOf = (answer: { body: { path: string } }): string => answer.body.path.split("#")[1]!;
const sessionOf = (token: string) => ask(house, "GET /v1/session", { key: token });

describe("making a link", () => {
  test("gives an id, and a path with the token behind the #; the pages learn whom and how from the session", async () => {
    const colours = { accent: "#0A6B72", accent_dark: "#5cc8cc" };
    const made = await make(organization, {
      building: "building_a",
      minutes: 5,
      title: "Acme",
      home: "https://acme.example",
      colours,
    });
    assert.equal(made.status, 201, made.text);
    assert.match(made.body.path, /^\/portal\/[\w-]+\.[\w-]+#belfry_portal_[\w-]+\.[\w-]+$/);
    assert.equal(made.headers["cache-control"], "no-store");
    const { body } = await sessionOf(tokenOf(made));
    assert.deepEqual(body, {
      key: made.body.id,
      role: "building",
      organization: "org_a",
      targets: ["building_a"],
      expires_at: made.body.expires_at,
      csrf_token: null,
      portal: { title: "Acme", home: "https://acme.example", colours: { ...colours, accent: "#0a6b72" } },
      inboxes: true,
    });
    assert.equal(Date.parse(made.body.expires_at), house.clock.now() + 300_000);
  });

  test("is for at most what the key may: its own organization, building or tenant, and those within", async () => {
    const building = await keyFor(house, "building", "org_a", "building_a");
    const tenant = await keyFor(house, "tenant", "org_a", "tenant_a");
    const cases: readonly (readonly [string, object, string | number])[] = [
      [operator, {}, 400],
      [operator, { building: "building_b" }, "building of org_b"],
      [organization, {}, "organization of org_a"],
      [organization, { read_only: true }, "viewer of org_a"],
      [organization, { tenant: "tenant_a" }, "tenant of org_a"],
      [organization, { building: "building_b" }, 404],
      [organization, { tenant: "tenant_b" }, 404],
      [building, {}, "building of org_a"],
      [building, { tenant: "tenant_a" }, "tenant of org_a"],
      [building, { building: "building_b" }, 404],
      [building, { read_only: true }, 422],
      [tenant, {}, "tenant of org_a"],
      [tenant, { building: "building_a" }, 404],
      [tenant, { tenant: "tenant_b" }, 404],
      [await keyFor(house, "viewer", "org_a"), {}, 403],
      [await keyFor(house, "ingest", "org_a"), {}, 403],
    ];
    for (const [key, body, expected] of cases) {
      const made = await make(key, body);
      const session = made.status === 201 ? (await sessionOf(tokenOf(made))).body : null;
      assert.equal(session === null ? made.status : `${session.role} of ${session.organization}`, expected, made.text);
    }
    const acting = await make(operator, {}, { "belfry-organization": "org_b" });
    assert.equal((await sessionOf(tokenOf(acting))).body.organization, "org_b");
  });

  test("refuses times, origins and colours that would do harm, and says what to write instead", async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ minutes: 0 }, /minutes/],
      [{ minutes: 1_441 }, /minutes/],
      ...[
        "https://a.example/",
        "https://a.example/x",
        "https://*.a.example",
        "http://a.example",
        "a.example",
        "https://A.example",
        "https://a.example:443",
        "https://a;script-src",
        "https://a.example *",
        "https://u@a.example",
        "javascript:x",
        "'self'",
        "*",
      ].map((origin) => [{ origins: [origin] }, /must be an origin such as/] as const),
      [{ colours: { accent: "#5cc8cc" } }, /too close to the light background/],
      [{ colours: { accent_dark: "#0a6b72" } }, /too close to the dark background/],
      [{ colours: { accent: "red" } }, /six hexadecimal digits/],
      [{ colours: { accent: "#fff}body{display:none" } }, /six hexadecimal digits/],
      [{ colours: { text: "#000000" } }, /text/],
      [{ home: "javascript:alert(1)" }, /begins with https/],
      [{ logo: "https://a.example/x.png" }, /logo/],
    ];
    for (const [body, message] of cases) {
      const { status, text } = await make(organization, body);
      assert.deepEqual([status, message.test(text)], [422, true], `${JSON.stringify(body)}: ${text}`);
    }
    for (const origin of [
      "https://a.example",
      "https://a.example:8443",
      "http://localhost:3000",
      "http://127.0.0.1:3000",
    ]) {
      assert.equal((await make(organization, { origins: [origin] })).status, 201, origin);
    }
  });

  test("takes a key or a session with its CSRF token: an access token would be outlived", async () => {
    const { clientId, clientSecret } = await house.keys.issue(
      { role: "organization", organization: "org_a", targets: [] },
      "test",
    );
    const access = (await house.authenticator.login(clientId, clientSecret))!.accessToken;
    assert.equal((await make(access)).status, 403);
    const signedIn = await ask(house, "POST /v1/session", { body: { key: organization } });
    const cookie = String(signedIn.headers["set-cookie"]).split(";")[0]!;
    const by = (headers: Record<string, string>) =>
      ask(house, "POST /v1/portal-links", { body: {}, headers: { cookie, ...headers } });
    assert.equal((await by({})).status, 403);
    assert.equal((await by({ "x-csrf-token": signedIn.body.csrf_token })).status, 201);
  });
});

describe("by a link", () => {
  test("nobody makes or ends keys, links or sessions, whatever its role", async () => {
    const made = await make(organization);
    const token = tokenOf(made);
    const { clientId } = await house.keys.issue({ role: "viewer", organization: "org_a", targets: [] }, "test");
    for (const [what, body] of [
      ["POST /v1/keys", { role: "viewer", for: "org_a" }],
      [`DELETE /v1/keys/${clientId}`],
      ["POST /v1/portal-links", {}],
      [`DELETE /v1/portal-links/${made.body.id}`],
      ["POST /v1/session-links"],
    ] as const) {
      const { status, text } = await ask(house, what, { key: token, ...(body && { body }) });
      assert.equal(status, 403, `${what}: ${text}`);
    }
    assert.equal((await ask(house, "POST /v1/session", { body: { key: token } })).status, 401);
    assert.equal((await ask(house, "POST /v1/observations", { key: token, body: [] })).status, 401);
    assert.equal((await sessionOf(token)).status, 200);
  });

  test("nobody reaches another organization, by a header or a query", async () => {
    const token = tokenOf(await make(organization));
    for (const [what, headers] of [
      ["GET /v1/subscriptions?organization=org_b", {}],
      ["GET /v1/building-model?organization=org_b", {}],
      ["GET /v1/subscriptions", { "belfry-organization": "org_b" }],
    ] as const) {
      assert.equal((await ask(house, what, { key: token, headers })).status, 404, what);
    }
  });

  test("acts are audited under the link, and end when it is ended", async () => {
    const made = await make(organization);
    const key = tokenOf(made);
    await ask(house, "POST /v1/inboxes", { key, body: {} });
    const [entry] = (await ask(house, "GET /v1/audit?limit=1", { key: operator })).body.data;
    assert.deepEqual([entry.action, entry.actor], ["inbox.create", made.body.id]);
    assert.equal((await ask(house, `DELETE /v1/portal-links/${made.body.id}`, { key: organization })).status, 204);
    assert.equal((await sessionOf(key)).status, 401);
    assert.equal((await ask(house, "DELETE /v1/portal-links/portal_x", { key: organization })).status, 404);
  });

  test("a cookie beside it changes nothing: the link decides, and once it is over nobody is known", async () => {
    const made = await make(organization, { tenant: "tenant_a", minutes: 1 });
    const signedIn = await ask(house, "POST /v1/session", { body: { key: operator } });
    const headers = { cookie: String(signedIn.headers["set-cookie"]).split(";")[0]! };
    const asked = () => ask(house, "GET /v1/session", { key: tokenOf(made), headers });
    assert.equal((await asked()).body.role, "tenant");
    await house.clock.pass(60_000);
    assert.equal((await asked()).status, 401);
  });

  test("nobody sees more than the key that made it: it is over when the tenant moves out of the key's building", async () => {
    const tenantLink = async (key: string) => tokenOf(await make(key, { tenant: "tenant_a" }));
    const building = await keyFor(house, "building", "org_a", "building_a");
    const [ofBuilding, ofOrganization] = [await tenantLink(building), await tenantLink(organization)];
    const statuses = async () =>
      Promise.all([ofBuilding, ofOrganization].map(async (token) => (await sessionOf(token)).status));
    assert.deepEqual(await statuses(), [200, 200]);
    const moved = modelOf("a");
    const [from] = moved.sites[0]!.buildings;
    const { units, tenants } = from!;
    const next = { ...from!, id: "building_next", floors: [], access_points: [], units, tenants };
    moved.sites[0]!.buildings = [{ ...from!, units: [], tenants: [] }, next];
    assert.equal((await ask(house, "PUT /v1/building-model", { key: operator, body: moved })).status, 200);
    assert.deepEqual(await statuses(), [401, 200]);
    await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("a") });
    assert.deepEqual(await statuses(), [200, 200]);
  });

  test("nobody sees what is none of its key's, whatever the link says", async () => {
    const issue = async (role: "building" | "tenant" | "viewer", targets: string[]) =>
      (await house.keys.issue({ role, organization: "org_a", targets }, "test")).clientId;
    const status = async (key: string, role: PortalRole, targets: string[]) => {
      const look = { title: null, home: null, colours: {} };
      const link = { key, role, organization: "org_a", targets, lifeMs: 60_000, look, origins: [] };
      return (await sessionOf((await house.authenticator.portals.make(link)).token)).status;
    };
    const building = await issue("building", ["building_a"]);
    assert.equal(await status(building, "building", ["building_a"]), 200);
    for (const targets of [["building_next"], ["building_a", "building_next"], []])
      assert.equal(await status(building, "building", targets), 401, String(targets));
    const tenant = await issue("tenant", ["tenant_a"]);
    assert.equal(await status(tenant, "tenant", ["tenant_a"]), 200);
    assert.equal(await status(tenant, "tenant", ["tenant_next"]), 401);
    assert.equal(await status(building, "organization", []), 401);
    assert.equal(await status(await issue("viewer", []), "viewer", []), 401, "a viewer makes none");
  });
});
