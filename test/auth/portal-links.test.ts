// Portal links count for their scope, until they end: by the clock, by their key, or one by one. No change of a letter makes more of
// one.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { NewPortalLink, PortalLinks } from "../../src/auth/portal-links.ts";
import type { Principal } from "../../src/model/principal.ts";
import { ask, type House, keyFor, modelOf, openHouse } from "../http/fixture.ts";

let house: House;
let portals: PortalLinks;
let key: string;

before(async () => {
  house = await openHouse();
  portals = house.authenticator.portals;
  const operator = await keyFor(house, "operator");
  const { status } = await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("a") });
  assert.equal(status, 200);
});
after(() => house.close());
beforeEach(async () => {
  key = (await house.keys.issue({ role: "organization", organization: "org_a", targets: [] }, "test")).clientId;
});

const look = { title: "Acme", home: null, colours: { accent: "#0a6b72" } };
const hour = 3_600_000;
const make = (more: Partial<NewPortalLink> = {}) =>
  portals.make({
    key,
    role: "building",
    organization: "org_a",
    targets: ["building_a"],
    lifeMs: hour,
    look,
    origins: ["https://portal.example"],
    ...more,
  });
const who = (token: string) => portals.principal(`Bearer ${token}`);

test("a link acts as its id, within its scope, and tells how it looks and when it ends", async () => {
  const { id, token, expiresAt } = await make();
  assert.equal(expiresAt, house.clock.now() + hour);
  assert.deepEqual(await who(token), {
    key: id,
    role: "building",
    organization: "org_a",
    targets: ["building_a"],
    portal: { expiresAt, look },
  });
  const [entry] = (await house.store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual([entry!.action, entry!.actor, entry!.object], ["portal_link.create", key, id]);
  assert.ok(!entry!.detail!.includes(token), "the audit holds no token");
});

test("it ends at its time, to the millisecond", async () => {
  const { token } = await make();
  house.clock.advance(hour - 1);
  assert.notEqual(await who(token), null);
  house.clock.advance(1);
  assert.equal(await who(token), null);
});

test("it ends with the key that made it", async () => {
  const { token } = await make();
  const entry = { at: house.clock.now(), actor: "test", action: "key.revoke", object: key, detail: null };
  await house.store.registry.revokeKey(key, entry);
  house.authenticator.forget(key);
  assert.equal(await who(token), null);
});

test("one is ended by whoever manages its organization, or by the key that made it, at once and alone", async () => {
  const principal = (more: Partial<Principal>): Principal => ({
    key: "client_other",
    role: "organization",
    organization: "org_a",
    targets: [],
    ...more,
  });
  const others: readonly Principal[] = [
    principal({ organization: "org_b" }),
    principal({ role: "operator", organization: "org_b" }),
    principal({ role: "building", targets: ["building_a"] }),
    principal({ portal: { expiresAt: house.clock.now() + hour, look } }),
  ];
  const mayEnd: readonly Principal[] = [
    principal({}),
    principal({ role: "operator", organization: null }),
    principal({ role: "building", key, targets: ["building_a"] }),
  ];
  const { token: other } = await make();
  for (const each of mayEnd) {
    const { id, token } = await make();
    assert.notEqual(await who(token), null);
    for (const stranger of others) assert.equal(await portals.end(id, stranger), false);
    assert.equal(await portals.end(`${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`, each), false);
    assert.notEqual(await who(token), null);
    assert.equal(await portals.end(id, each), true);
    assert.equal(await who(token), null);
    assert.equal(await portals.end(id, each), true, "again");
  }
  assert.notEqual(await who(other), null);
});

test("a link of a scope that its key does not cover counts for nothing", async () => {
  const building = await house.keys.issue({ role: "building", organization: "org_a", targets: ["building_a"] }, "test");
  for (const more of [
    { organization: "org_b" },
    { key: building.clientId, role: "organization" as const },
    { key: building.clientId, role: "viewer" as const },
    { key: building.clientId, targets: ["building_b"] },
    { key: building.clientId, role: "tenant" as const, targets: ["tenant_of_nowhere"] },
    { key: "client_000000000000000000000000000" },
  ]) {
    assert.equal(await who((await make(more)).token), null, JSON.stringify(more));
  }
  assert.notEqual(
    await who((await make({ key: building.clientId, role: "tenant", targets: ["tenant_a"] })).token),
    null,
  );
});

test("no change of a token, and no other text that this server signed, counts", async () => {
  const { id, token, frame } = await make();
  const { token: other } = await make({ organization: "org_a", role: "organization", targets: [] });
  const head = "belfry_portal_";
  const [claims, signature] = token.slice(head.length).split(".") as [string, string];
  const wider = { ...(JSON.parse(Buffer.from(claims, "base64url").toString()) as object), role: "organization" };
  const texts = [
    `${head}${frame}`,
    `${head}${id}`,
    `${head}${Buffer.from(JSON.stringify(wider)).toString("base64url")}.${signature}`,
    `${head}${other.slice(head.length).split(".")[0]}.${signature}`,
    `Belfry_portal_${token.slice(head.length)}`,
    `${token}.`,
    `${token}=`,
    `${head}${claims}`,
    `${head}.${signature}`,
    `${head}.`,
  ];
  for (const text of texts) assert.equal(await who(text), null, text);
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...Array.from("AZaz09-_.")), async (at, letter) => {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed === token || Buffer.from(changed, "base64url").equals(Buffer.from(token, "base64url"))) return;
      assert.equal(await who(changed), null);
    }),
    { numRuns: 200 },
  );
});

test("nobody but the operator API takes a link: no vendor's API and no sign-in does", async () => {
  const { token } = await make();
  assert.equal(await house.authenticator.principal(`Bearer ${token}`), null);
  assert.equal(await house.authenticator.sessions.read(token.slice("belfry_portal_".length)), null);
  assert.equal(await house.authenticator.sessions.open(token, "address"), null);
  assert.equal(await house.authenticator.sessions.makeLink(`Bearer ${token}`, "address"), null);
});

test("a path tells the origins that were signed with it, and no other does", async () => {
  const { frame, token } = await make();
  assert.deepEqual(portals.origins(frame), ["https://portal.example"]);
  assert.deepEqual(portals.origins((await make({ origins: [] })).frame), []);
  const forged = `${Buffer.from('["https://evil.example"]').toString("base64url")}.${frame.split(".")[1]}`;
  for (const text of [forged, token, token.slice("belfry_portal_".length), "", ".", "x"])
    assert.equal(portals.origins(text), null);
});
