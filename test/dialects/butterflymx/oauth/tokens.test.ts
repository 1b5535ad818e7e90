// Refresh tokens that rotate, the password grant, revoking and introspection.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { BelfryError } from "../../../../src/errors.ts";
import { codeFor, type House, openHouse, redeeming, refreshing, signIn } from "./fixture.ts";

let house: House;
let full = false;
beforeEach(async () => {
  full = false;
  house = await openHouse((store) => ({
    noteUse: async (id, generation) => {
      if (full) throw new BelfryError("UNAVAILABLE", "The disk is full.");
      await store.noteUse(id, generation);
    },
    tradeRefreshToken: async (...given) => {
      if (full) throw new BelfryError("UNAVAILABLE", "The disk is full.");
      return store.tradeRefreshToken(...given);
    },
  }));
});
afterEach(() => house.close());

const refresh = async (token: string, more = {}) => house.token(refreshing(token, more));
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
});

test("a refresh gives a new pair in the documented form, by form or JSON", async () => {
  const first = await signIn(house, house.kim);
  const second = await refresh(first.refresh_token);
  assert.equal(second.status, 200);
  assert.deepEqual(Object.keys(second.body), [
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "created_at",
  ]);
  assert.notEqual(second.body.refresh_token, first.refresh_token);
  const answer = await house.server.scope.inject({
    method: "POST",
    url: "/oauth/token",
    payload: { ...refreshing(second.body.refresh_token), client_secret: "" },
  });
  assert.equal(answer.statusCode, 200);
  assert.equal(await house.whoIs(answer.json().access_token), house.kim.clientId);
  assert.equal(await house.whoIs(first.access_token), house.kim.clientId, "until it ends by itself");
});

test("a refresh token counts again while the access token that it gave was not used: its answer was lost", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const lost = await refresh(refresh_token);
  const heard = await refresh(refresh_token);
  assert.deepEqual([lost.status, heard.status], [200, 200]);
  assert.equal(await house.whoIs(heard.body.access_token), house.kim.clientId);
  assert.equal((await refresh(heard.body.refresh_token)).status, 200);
});

test("a rotated refresh token used again after the new access token was used ends its family", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const { body } = await refresh(refresh_token);
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
  const reused = await refresh(refresh_token);
  assert.deepEqual([reused.status, reused.body.error], [400, "invalid_grant"]);
  assert.equal(await house.whoIs(body.access_token), null);
  assert.equal((await refresh(body.refresh_token)).status, 400);
  const [entry] = (await house.store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual([entry?.action, JSON.parse(entry!.detail!).reason], ["sign_in.end", "refresh_token_reused"]);
});

test("the first use is remembered by the store, so a restart does not make the old refresh token good again", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const { body } = await refresh(refresh_token);
  await house.whoIs(body.access_token);
  const id = refresh_token.slice(0, 22);
  const kept = await house.store.signIns.signIn(id);
  assert.deepEqual([kept?.generation, kept?.used], [1, 1]);
});

test("one family's end is none of another's", async () => {
  const [first, second] = [await signIn(house, house.kim), await signIn(house, house.kim)];
  const { body } = await refresh(first.refresh_token);
  await house.whoIs(body.access_token);
  await refresh(first.refresh_token);
  assert.equal(await house.whoIs(second.access_token), house.kim.clientId);
  assert.equal((await refresh(second.refresh_token)).status, 200);
});

test("a full disk keeps nobody out who has a token, and tells a refresh to come later", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const { body } = await refresh(refresh_token);
  full = true;
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
  const { status, body: refused, headers } = await refresh(body.refresh_token);
  assert.deepEqual([status, refused.error, headers["retry-after"]], [503, "temporarily_unavailable", "6"]);
  full = false;
  house.clock.advance(3_000);
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
  assert.equal((await refresh(refresh_token)).status, 400, "noted by the next use");
});

test("a revoked key ends its tokens at once, and its refresh token is refused", async () => {
  const { access_token, refresh_token } = await signIn(house, house.kim);
  assert.equal(await house.whoIs(access_token), house.kim.clientId);
  await house.revokeKey(house.kim.clientId);
  assert.equal(await house.whoIs(access_token), null);
  const { status, body } = await refresh(refresh_token);
  assert.deepEqual([status, body.error], [400, "invalid_grant"]);
});

test("of two refreshes at the same time both count until a token is used, and then only the one that it came with", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const both = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  );
  const last = (await refresh(refresh_token)).body;
  assert.equal(await house.whoIs(last.access_token), house.kim.clientId);
  assert.equal((await refresh(last.refresh_token)).status, 200);
  assert.equal((await refresh(refresh_token)).status, 400);
});

test("a refresh token of another client is refused and ends nothing", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const other = await refresh(refresh_token, { client_id: house.alex.clientId });
  assert.deepEqual([other.status, other.body.error], [400, "invalid_grant"]);
  assert.equal((await refresh(refresh_token)).status, 200);
});

test("a refresh without a client, or with one that is none, is an unknown client", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  for (const client_id of [undefined, "butterflymx", "Belfry"]) {
    const { status, body } = await refresh(refresh_token, { client_id });
    assert.deepEqual([status, body.error], [401, "invalid_client"]);
  }
});

test("the public client has no secret, so whatever a form made an app send as one does not count", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  assert.equal((await refresh(refresh_token, { client_secret: "anything" })).status, 200);
});

test("a sign-in lasts from its last refresh on, and an access token for a day", async () => {
  const day = 86_400_000;
  const { access_token, refresh_token } = await signIn(house, house.kim);
  house.clock.advance(day);
  assert.equal(await house.whoIs(access_token), null);
  house.clock.advance(98 * day);
  const { body } = await refresh(refresh_token);
  house.clock.advance(100 * day - 1);
  const later = await refresh(body.refresh_token);
  assert.equal(later.status, 200);
  house.clock.advance(100 * day);
  assert.equal((await refresh(later.body.refresh_token)).status, 400);
});

test("an access token is no refresh token, a code is no refresh token, and the other way round", async () => {
  const { access_token, refresh_token } = await signIn(house, house.kim);
  const code = await codeFor(house, house.kim);
  for (const text of [access_token, code]) assert.equal((await refresh(text)).status, 400);
  assert.equal((await house.token(redeeming(refresh_token))).status, 400);
  assert.equal(await house.whoIs(refresh_token), null);
  assert.equal(await house.whoIs(code), null);
  assert.equal((await refresh(refresh_token)).status, 200, "none of it ended anything");
});

test("what the store keeps of codes and refresh tokens is not what was given out", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const kept = await house.store.signIns.signIn(refresh_token.slice(0, 22));
  assert.equal(kept!.codeHash!.byteLength, 32);
  assert.ok(!JSON.stringify(kept).includes(refresh_token.slice(22)));
});

test("the password grant takes a key's id and secret, with or without a client, and gives a refresh token", async () => {
  const { clientId, clientSecret } = house.kim;
  const grant = { grant_type: "password", username: clientId, password: clientSecret };
  for (const client of [
    {},
    { client_id: "belfry" },
    { client_id: house.alex.clientId },
    { client_id: clientId, client_secret: clientSecret },
  ]) {
    const { status, body } = await house.token({ ...grant, ...client });
    assert.equal(status, 200);
    assert.equal(await house.whoIs(body.access_token), clientId);
    const refreshed = await refresh(body.refresh_token, { client_id: "belfry", ...client });
    assert.equal(refreshed.status, 200);
  }
});

test("the password grant refuses a wrong password like a wrong code, and says which parameter is missing", async () => {
  const { clientId, clientSecret } = house.kim;
  for (const [username, password] of [
    [clientId, house.alex.clientSecret],
    ["kim", clientSecret],
    [house.alex.clientId, clientSecret],
  ] as const) {
    const { status, body } = await house.token({ grant_type: "password", username, password });
    assert.deepEqual([status, body.error], [400, "invalid_grant"]);
  }
  const { status, body } = await house.token({ grant_type: "password", username: clientId });
  assert.deepEqual([status, body.error_description], [400, "Missing required parameter: password."]);
});

test("client credentials give no refresh token, and revoking that token ends it and no other", async () => {
  const fields = { client_id: house.kim.clientId, client_secret: house.kim.clientSecret };
  const [one, other] = [
    await house.token({ grant_type: "client_credentials", ...fields }),
    await house.token({ grant_type: "client_credentials", ...fields }),
  ];
  assert.equal("refresh_token" in one.body, false);
  assert.equal(await house.whoIs(one.body.access_token), house.kim.clientId);
  const { status, text } = await house.post("/oauth/revoke", { token: one.body.access_token, ...fields });
  assert.deepEqual([status, text], [200, "{}"]);
  assert.equal(await house.whoIs(one.body.access_token), null);
  assert.equal(await house.whoIs(other.body.access_token), house.kim.clientId);
});

test("revoking either token of a sign-in ends both", async () => {
  for (const kind of ["access_token", "refresh_token"] as const) {
    const given = await signIn(house, house.kim);
    assert.equal(await house.whoIs(given.access_token), house.kim.clientId);
    const { status, text } = await house.post("/oauth/revoke", { token: given[kind], client_id: "belfry" });
    assert.deepEqual([status, text], [200, "{}"]);
    assert.equal(await house.whoIs(given.access_token), null);
    assert.equal((await refresh(given.refresh_token)).status, 400);
    assert.equal((await house.post("/oauth/revoke", { token: given[kind] })).status, 200, "ended already");
  }
});

test("revoking what is no token succeeds and does nothing", async () => {
  for (const token of ["x", "a.b.c", "0".repeat(65)]) {
    const { status, text } = await house.post("/oauth/revoke", { token });
    assert.deepEqual([status, text], [200, "{}"]);
  }
  const { status, body } = await house.post("/oauth/revoke", {});
  assert.deepEqual([status, body.error], [400, "invalid_request"]);
});

test("an app cannot revoke what another was given", async () => {
  const { access_token } = await signIn(house, house.kim);
  const { clientId: client_id, clientSecret } = house.alex;
  const foreign = await house.post("/oauth/revoke", { token: access_token, client_id, client_secret: clientSecret });
  assert.deepEqual([foreign.status, foreign.body.error], [403, "unauthorized_client"]);
  const wrong = await house.post("/oauth/revoke", { token: access_token, client_id, client_secret: "wrong" });
  assert.deepEqual([wrong.status, wrong.body.error], [401, "invalid_client"]);
  assert.equal(await house.whoIs(access_token), house.kim.clientId);
});

test("introspection tells a key of its own tokens, and the app of those that it was given", async () => {
  const client_id = house.alex.clientId;
  const { access_token, refresh_token } = await signIn(house, house.kim, { client_id });
  const seconds = Math.floor(house.clock.now() / 1000);
  const facts = { active: true, scope: "public", client_id, sub: house.kim.clientId, iat: seconds };
  for (const asker of [house.kim, house.alex]) {
    const headers = basic(asker.clientId, asker.clientSecret);
    const access = await house.post("/oauth/introspect", { token: access_token }, headers);
    assert.deepEqual(access.body, { ...facts, token_type: "Bearer", exp: seconds + 86_400 });
    const kept = await house.post("/oauth/introspect", { token: refresh_token }, headers);
    assert.deepEqual(kept.body, { ...facts, token_type: "refresh_token", exp: seconds + 100 * 86_400 });
  }
  const bearer = { authorization: `Bearer ${access_token}` };
  assert.equal((await house.post("/oauth/introspect", { token: access_token }, bearer)).body.active, true);
});

test("introspection of another's token says what it says of no token", async () => {
  const { access_token, refresh_token } = await signIn(house, house.kim);
  const headers = basic(house.alex.clientId, house.alex.clientSecret);
  const said = new Set<string>();
  for (const token of [access_token, refresh_token, "x", "0".repeat(65)]) {
    const { status, text } = await house.post("/oauth/introspect", { token }, headers);
    said.add(`${status} ${text}`);
  }
  assert.deepEqual([...said], ['200 {"active":false}']);
});

test("introspection calls a token inactive that was used up, revoked, or is over", async () => {
  const headers = basic(house.kim.clientId, house.kim.clientSecret);
  const isActive = async (token: string) => (await house.post("/oauth/introspect", { token }, headers)).body.active;
  const first = await signIn(house, house.kim);
  const { body } = await refresh(first.refresh_token);
  assert.equal(await isActive(first.refresh_token), true, "its answer may be lost");
  await house.whoIs(body.access_token);
  assert.equal(await isActive(first.refresh_token), false);
  assert.equal(await isActive(body.refresh_token), true, "to ask is not to use");
  house.clock.advance(86_400_000);
  assert.equal(await isActive(body.access_token), false);
  await house.post("/oauth/revoke", { token: body.refresh_token });
  assert.equal(await isActive(body.refresh_token), false);
});

test("introspection calls a refresh token inactive whose key, or whose app's key, was revoked", async () => {
  const [asker, office] = [
    await house.keys.issue({ role: "operator", organization: null, targets: [] }, "test"),
    house.alex,
  ];
  const client_id = asker.clientId;
  const headers = basic(asker.clientId, asker.clientSecret);
  const { refresh_token } = await signIn(house, house.kim, { client_id });
  const isActive = async (token: string) => (await house.post("/oauth/introspect", { token }, headers)).body.active;
  assert.equal(await isActive(refresh_token), true);
  await house.revokeKey(house.kim.clientId);
  assert.equal(await isActive(refresh_token), false);
  const own = await signIn(house, asker, { client_id: office.clientId });
  assert.equal(await isActive(own.refresh_token), true);
  await house.revokeKey(office.clientId);
  assert.equal(await isActive(own.refresh_token), false);
});

test("to introspect an access token is not to use it", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const { body } = await refresh(refresh_token);
  const headers = basic(house.kim.clientId, house.kim.clientSecret);
  await house.post("/oauth/introspect", { token: body.access_token }, headers);
  assert.equal((await refresh(refresh_token)).status, 200);
});

test("nobody introspects without showing a key", async () => {
  const { access_token } = await signIn(house, house.kim);
  for (const headers of [{}, { authorization: "Bearer x" }, basic(house.kim.clientId, "x"), basic("belfry", "")]) {
    const { status, body } = await house.post("/oauth/introspect", { token: access_token }, headers);
    assert.deepEqual([status, body.error], [401, "invalid_client"]);
  }
  const named = await house.post("/oauth/introspect", { token: access_token, client_id: "belfry" });
  assert.equal(named.status, 401);
});

test("a client that names itself twice and differently is refused", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  const headers = basic(house.alex.clientId, house.alex.clientSecret);
  const { status, body } = await house.token(refreshing(refresh_token), headers);
  assert.deepEqual([status, body.error], [401, "invalid_client"]);
});

test("a refresh that goes on without end is told to wait", async () => {
  const { refresh_token } = await signIn(house, house.kim);
  for (let time = 0; time < 60; time++) assert.equal((await refresh(refresh_token)).status, 200);
  const { status, headers } = await refresh(refresh_token);
  assert.deepEqual([status, headers["retry-after"]], [429, "6"]);
});
