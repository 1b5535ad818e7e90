// The authorization code with PKCE: the cases of the OAuth 2.1 draft and of RFC 7636 that apply.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import {
  allow,
  asked,
  challenge,
  challengeFor,
  codeFor,
  codeOn,
  encode,
  type Fields,
  hiddenOf,
  type House,
  openHouse,
  openPage,
  outOfBand,
  redeeming,
  signIn,
} from "./fixture.ts";

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

const refusedGrant = {
  error: "invalid_grant",
  error_description:
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
};

/** A refusal that tells nothing of its reason. */
async function assertRefused(fields: Fields): Promise<void> {
  const { status, body, headers } = await house.token(fields);
  assert.deepEqual([status, body], [400, refusedGrant]);
  assert.equal(headers["cache-control"], "no-store");
}

test("a person signs in out of band, and the app trades the code with its verifier for tokens", async () => {
  const code = await codeFor(house, house.kim);
  assert.match(code, /^[0-9A-Za-z]{65}$/);
  const { status, body, headers } = await house.token(redeeming(code));
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), [
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "created_at",
  ]);
  assert.deepEqual(
    [body.token_type, body.expires_in, body.scope, body.created_at],
    ["Bearer", 86_400, "public", Math.floor(house.clock.now() / 1000)],
  );
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
});

test("the app gets code and state at an address of the operator's list, letter by letter", async () => {
  const state = "a b&c=d/é?#<>\"'%";
  for (const [redirect_uri, start] of [
    ["com.example.app://oauth", "com.example.app://oauth?code="],
    ["https://hub.example/back?from=belfry", "https://hub.example/back?from=belfry&code="],
    ["http://127.0.0.1:51234/back", "http://127.0.0.1:51234/back?code="],
    ["http://[::1]:9/back", "http://[::1]:9/back?code="],
  ] as const) {
    const { status, headers } = await allow(house, house.kim, { redirect_uri, state });
    const location = String(headers["location"]);
    assert.deepEqual([status, location.slice(0, start.length)], [302, start]);
    assert.equal(headers["referrer-policy"], "no-referrer");
    const query = new URLSearchParams(location.slice(location.indexOf("?")));
    assert.equal(query.get("state"), state);
    const { status: traded } = await house.token(redeeming(query.get("code")!, { redirect_uri }));
    assert.equal(traded, 200);
  }
});

test("an app that sent no state gets none back", async () => {
  const { headers } = await allow(house, house.kim, { redirect_uri: "com.example.app://oauth" });
  assert.match(String(headers["location"]), /^com\.example\.app:\/\/oauth\?code=[0-9A-Za-z]{65}$/);
});

test("a code that is traded a second time is refused, and ends what it gave", async () => {
  const code = await codeFor(house, house.kim);
  const { body } = await house.token(redeeming(code));
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
  await assertRefused(redeeming(code));
  assert.equal(await house.whoIs(body.access_token), null);
  await assertRefused({ grant_type: "refresh_token", refresh_token: body.refresh_token, client_id: "belfry" });
  await assertRefused(redeeming(code));
});

test("a code with a wrong verifier is refused, and stays good for the app that has the right one", async () => {
  const code = await codeFor(house, house.kim);
  await assertRefused(redeeming(code, { code_verifier: "x".repeat(43) }));
  assert.equal((await house.token(redeeming(code))).status, 200);
});

test("the challenge itself is no verifier: nobody falls back to plain", async () => {
  const code = await codeFor(house, house.kim);
  await assertRefused(redeeming(code, { code_verifier: challenge }));
  assert.equal((await house.token(redeeming(code))).status, 200);
});

test("a code that was slipped in from another sign-in is refused with the verifier of this one", async () => {
  const theirs = "y".repeat(43);
  const slipped = await codeFor(house, house.alex, { code_challenge: challengeFor(theirs) });
  const own = await codeFor(house, house.kim);
  await assertRefused(redeeming(slipped));
  await assertRefused(redeeming(own, { code_verifier: theirs }));
  const { body } = await house.token(redeeming(own));
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId);
});

test("a code is refused with another redirect than it was asked for, also with none or with one of the list", async () => {
  const [app, hub] = ["com.example.app://oauth", "https://hub.example/back?from=belfry"];
  const { headers } = await allow(house, house.kim, { redirect_uri: app });
  const code = new URLSearchParams(String(headers["location"]).split("?")[1]).get("code")!;
  for (const redirect_uri of [hub, outOfBand, undefined, `${app}/`]) {
    await assertRefused(redeeming(code, { redirect_uri }));
  }
  assert.equal((await house.token(redeeming(code, { redirect_uri: app }))).status, 200);
  const byHand = await codeFor(house, house.kim);
  await assertRefused(redeeming(byHand, { redirect_uri: app }));
  assert.equal(
    (await house.token(redeeming(byHand, { redirect_uri: undefined }))).status,
    200,
    "absent is out of band",
  );
});

test("a code with the id of another client is refused, and stays good for the app that asked for it", async () => {
  const code = await codeFor(house, house.kim);
  await assertRefused(redeeming(code, { client_id: house.alex.clientId }));
  assert.equal((await house.token(redeeming(code))).status, 200);
});

test("two who trade one code at the same time get one answer with tokens, and these end", async () => {
  const code = await codeFor(house, house.kim);
  const answers = await Promise.all([house.token(redeeming(code)), house.token(redeeming(code))]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 400]);
  const { body } = answers.find(({ status }) => status === 200)!;
  assert.equal(await house.whoIs(body.access_token), null);
});

test("tokens are given for a POST alone, and what stands in its address does not count", async () => {
  const code = await codeFor(house, house.kim);
  const query = encode(redeeming(code));
  assert.equal((await house.call("GET", `/oauth/token?${query}`)).status, 405);
  const posted = await house.call("POST", `/oauth/token?${query}`, { form: "" });
  assert.deepEqual([posted.status, posted.body.error], [400, "invalid_request"]);
  assert.equal((await house.token(redeeming(code))).status, 200);
});

test("a verifier that is shorter, longer or of other characters than RFC 7636 allows is refused", async () => {
  for (const code_verifier of ["x".repeat(42), "x".repeat(129), `${"x".repeat(42)}+`]) {
    const code = await codeFor(house, house.kim, { code_challenge: challengeFor(code_verifier) });
    await assertRefused(redeeming(code, { code_verifier }));
  }
  for (const code_verifier of ["x".repeat(43), "~.-_".repeat(32), "x".repeat(86)]) {
    const code = await codeFor(house, house.kim, { code_challenge: challengeFor(code_verifier) });
    assert.equal((await house.token(redeeming(code, { code_verifier }))).status, 200);
  }
});

test("a code without its verifier is no request", async () => {
  const { status, body } = await house.token(redeeming("x", { code_verifier: undefined }));
  assert.deepEqual(
    [status, body],
    [400, { error: "invalid_request", error_description: "Missing required parameter: code_verifier." }],
  );
});

test("the challenge method plain is refused, and so is leaving it out, which means plain", async () => {
  for (const code_challenge_method of ["plain", "s256", undefined]) {
    const { status, headers } = await openPage(house, {
      redirect_uri: "com.example.app://oauth",
      state: "s",
      code_challenge_method,
    });
    const query = new URLSearchParams(String(headers["location"]).split("?")[1]);
    assert.deepEqual([status, query.get("error"), query.get("state")], [302, "invalid_request", "s"]);
    assert.match(query.get("error_description")!, /S256/);
  }
});

test("a request without a challenge, or with one that is no hash, is refused", async () => {
  for (const code_challenge of [undefined, "x".repeat(42), `${"x".repeat(42)}=`]) {
    const page = await openPage(house, { code_challenge });
    assert.equal(page.status, 400);
    assert.match(page.text, /challenge/);
  }
});

test("every other response type is told to the app by name", async () => {
  for (const [response_type, error] of [
    ["token", "unsupported_response_type"],
    ["code id_token", "unsupported_response_type"],
    [undefined, "invalid_request"],
  ] as const) {
    const { headers } = await openPage(house, { response_type, redirect_uri: "com.example.app://oauth" });
    assert.ok(String(headers["location"]).startsWith(`com.example.app://oauth?error=${error}&`));
  }
});

test("an app that wants nobody to be asked hears that somebody must", async () => {
  const { headers } = await openPage(house, { prompt: "none", redirect_uri: "com.example.app://oauth" });
  assert.match(String(headers["location"]), /error=login_required/);
});

test("a code lasts ten minutes", async () => {
  const late = await codeFor(house, house.kim);
  house.clock.advance(599_999);
  const good = await codeFor(house, house.kim);
  house.clock.advance(1);
  await assertRefused(redeeming(late));
  assert.equal((await house.token(redeeming(good))).status, 200);
});

test("a code of another app is refused to the public client and the other way round, and either trades its own", async () => {
  const client_id = house.alex.clientId;
  const own = await codeFor(house, house.kim, { client_id });
  await assertRefused(redeeming(own));
  const wrong = await house.token(redeeming(own, { client_id, client_secret: "wrong" }));
  assert.deepEqual([wrong.status, wrong.body.error], [401, "invalid_client"]);
  const { status, body } = await house.token(redeeming(own, { client_id, client_secret: house.alex.clientSecret }));
  assert.equal(status, 200);
  assert.equal(await house.whoIs(body.access_token), house.kim.clientId, "the person's key decides, not the app's");
  const public_ = await codeFor(house, house.kim);
  await assertRefused(redeeming(public_, { client_id }));
  assert.equal((await house.token(redeeming(public_))).status, 200);
});

test("an app whose key is revoked is unknown, and what it was given ends", async () => {
  const client_id = house.alex.clientId;
  const { access_token, refresh_token } = await signIn(house, house.kim, { client_id });
  assert.equal(await house.whoIs(access_token), house.kim.clientId);
  await house.revokeKey(client_id);
  assert.equal(await house.whoIs(access_token), null);
  const { status, body } = await house.token({ grant_type: "refresh_token", refresh_token, client_id });
  assert.deepEqual([status, body.error], [401, "invalid_client"]);
  assert.equal((await openPage(house, { client_id })).status, 400);
});

test("a code of a key that was revoked meanwhile is refused", async () => {
  const code = await codeFor(house, house.kim);
  await house.revokeKey(house.kim.clientId);
  await assertRefused(redeeming(code));
});

test("the person may also type the id and the secret, and blanks around a pasted key do not count", async () => {
  const { text } = await openPage(house);
  const { clientId, clientSecret, key } = house.kim;
  for (const typed of [
    { id: clientId, secret: clientSecret },
    { key: ` ${key}\n` },
    { key: "", id: clientId, secret: clientSecret },
  ]) {
    const page = await house.post("/oauth/authorize", { ...hiddenOf(text), ...typed, decision: "allow" });
    assert.equal((await house.token(redeeming(codeOn(page)))).status, 200);
  }
});

test("a wrong, mistyped, revoked or missing key gives no code, and all four look the same", async () => {
  await house.revokeKey(house.alex.clientId);
  const { text } = await openPage(house, { redirect_uri: "com.example.app://oauth" });
  const other = `${house.kim.key.slice(0, -1)}${house.kim.key.endsWith("x") ? "y" : "x"}`;
  const pages = new Set<string>();
  for (const typed of [
    { key: other },
    { key: "x" },
    { key: house.alex.key },
    {},
    { id: house.kim.clientId, secret: "x" },
  ]) {
    const {
      status,
      text: page,
      headers,
    } = await house.post("/oauth/authorize", {
      ...hiddenOf(text),
      ...typed,
      decision: "allow",
    });
    assert.deepEqual([status, headers["location"]], [422, undefined]);
    assert.ok(!page.includes(other) && !page.includes(house.alex.key), "what was typed is not shown again");
    pages.add(page);
  }
  assert.equal(pages.size, 1);
});

test("a person who does not allow it sends the app away with access_denied and its state", async () => {
  const { text } = await openPage(house, { redirect_uri: "com.example.app://oauth", state: "s 1" });
  const { headers } = await house.post("/oauth/authorize", { ...hiddenOf(text), key: house.kim.key, decision: "deny" });
  const query = new URLSearchParams(String(headers["location"]).split("?")[1]);
  assert.deepEqual([query.get("error"), query.get("state"), query.get("code")], ["access_denied", "s 1", null]);
  const shown = await openPage(house);
  const page = await house.post("/oauth/authorize", { ...hiddenOf(shown.text), decision: "deny" });
  assert.deepEqual([page.status, /Cancelled/.test(page.text)], [200, true]);
});

test("a request that leaves the redirect out is out of band", async () => {
  const code = await codeFor(house, house.kim, { redirect_uri: undefined });
  assert.equal((await house.token(redeeming(code, { redirect_uri: undefined }))).status, 200);
});

test("a parameter that is there twice makes a request unreadable, at either address", async () => {
  const page = await house.call("GET", `/oauth/authorize?${encode(asked())}&client_id=belfry`);
  assert.deepEqual([page.status, /twice/.test(page.text)], [400, true]);
  const code = await codeFor(house, house.kim);
  const { status, body } = await house.call("POST", "/oauth/token", {
    form: `${encode(redeeming(code))}&code=${code}`,
  });
  assert.deepEqual([status, body.error], [400, "invalid_request"]);
});

test("whoever guesses at codes is told to wait, when to come again, and holds up nobody who has a right one", async () => {
  const answers = [];
  for (let guess = 0; guess < 11; guess++) answers.push(await house.token(redeeming(`${guess}`.padStart(65, "0"))));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...Array.from({ length: 10 }, () => 400), 429],
  );
  assert.deepEqual([answers[10]!.headers["retry-after"], answers[10]!.body.error], ["6", "temporarily_unavailable"]);
  assert.equal((await house.token(redeeming(await codeFor(house, house.kim)))).status, 200);
});

test("a key that signs in without end is told to wait, and may go on later", async () => {
  const { text } = await openPage(house);
  const again = () => house.post("/oauth/authorize", { ...hiddenOf(text), key: house.kim.key, decision: "allow" });
  for (let time = 0; time < 60; time++) assert.equal((await again()).status, 200);
  const { status, headers } = await again();
  assert.deepEqual([status, headers["retry-after"]], [429, "6"]);
  house.clock.advance(1_000);
  assert.equal((await again()).status, 200);
});
