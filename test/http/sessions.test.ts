// Sessions of the console: what signs in, what the cookie may do, and all that ends it.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Answer, ask, type House, keyFor, openHouse } from "./fixture.ts";

let house: House;
let key: string;
before(async () => {
  house = await openHouse();
  const entry = { at: house.clock.now(), actor: "test", action: "organization.create", object: "org_a", detail: null };
  await house.store.registry.ensureOrganization("org_a", "A", entry);
});
after(() => house.close());
beforeEach(async () => {
  key = await keyFor(house, "operator");
});

const cookieOf = (answer: Answer): string => String(answer.headers["set-cookie"]).split(";")[0]!;
const signIn = (body: object, headers: Record<string, string> = {}) =>
  ask(house, "POST /v1/session", { body, headers });
const hours = (count: number) => house.clock.advance(count * 3_600_000);
const idOf = (text: string): string => /client_[0-9A-Za-z]{27}/.exec(text)![0];

async function open(with_ = key): Promise<{ cookie: string; csrf: string }> {
  const answer = await signIn({ key: with_ });
  assert.equal(answer.status, 201, answer.text);
  return { cookie: cookieOf(answer), csrf: answer.body.csrf_token };
}

describe("signing in", () => {
  test("trades a key for a cookie that no script reads and no other site sends, and keeps the token out of the body", async () => {
    const answer = await signIn({ key: `  ${key}\n` });
    assert.equal(answer.status, 201);
    assert.match(
      String(answer.headers["set-cookie"]),
      /^belfry_session_[0-9a-f]{8}=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    assert.equal(answer.headers["cache-control"], "no-store");
    const { csrf_token, ...rest } = answer.body;
    const expires_at = new Date(house.clock.now() + 12 * 3_600_000).toISOString();
    assert.deepEqual(rest, {
      key: idOf(key),
      role: "operator",
      organization: null,
      targets: [],
      expires_at,
      portal: null,
      inboxes: true,
    });
    assert.match(csrf_token, /^[\w-]{43}$/);
    assert.ok(!answer.text.includes(cookieOf(answer).split("=")[1]!));
  });

  test("over TLS the cookie is Secure", async () => {
    const answer = await signIn({ key }, { origin: "https://belfry.example" });
    assert.match(String(answer.headers["set-cookie"]), /SameSite=Strict; Secure$/);
  });

  test("a page of another site is refused, even with the right key", async () => {
    const answer = await signIn({ key }, { "sec-fetch-site": "cross-site" });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers["set-cookie"], undefined);
  });

  test("a wrong key is told so, and guessing is slowed down from that address alone", async () => {
    const wrong = await signIn({ key: "belfry_client_wrong" });
    assert.equal(wrong.status, 401);
    assert.match(wrong.body.detail, /not a valid key/);
    for (let guess = 0; guess < 9; guess++) assert.equal((await signIn({ key: "belfry_client_wrong" })).status, 401);
    assert.equal((await signIn({ key: "belfry_client_wrong" })).status, 429);
    assert.equal((await signIn({ key })).status, 201, "the right key is never held up");
    house.clock.advance(60_000);
  });

  test("a body that is neither a key nor a link is refused", async () => {
    for (const body of [{}, { key: "" }, { key, link: "x" }, { key: 7 }, null]) {
      const answer = await ask(house, "POST /v1/session", { text: JSON.stringify(body) });
      assert.equal(answer.status, 422, answer.text);
    }
  });
});

describe("a session", () => {
  test("reads as its key does, with the cookie alone", async () => {
    const viewer = await keyFor(house, "viewer", "org_a");
    const { cookie, csrf } = await open(viewer);
    const who = await ask(house, "GET /v1/session", { headers: { cookie: `other=1; ${cookie}; more=2` } });
    assert.equal(who.status, 200);
    assert.deepEqual([who.body.role, who.body.organization, who.body.csrf_token], ["viewer", "org_a", csrf]);
    assert.equal((await ask(house, "GET /v1/deliveries", { headers: { cookie } })).status, 200);
    assert.equal((await ask(house, "GET /v1/keys", { headers: { cookie } })).status, 403, "no more than its key");
  });

  test("changes something only with its own CSRF token", async () => {
    const [mine, other] = [await open(), await open()];
    const write = (headers: Record<string, string>) =>
      ask(house, "POST /v1/keys", { body: { role: "operator" }, headers });
    const { cookie, csrf } = mine;
    assert.equal((await write({ cookie })).status, 403);
    assert.equal((await write({ cookie, "x-csrf-token": "" })).status, 403);
    assert.equal((await write({ cookie, "x-csrf-token": other.csrf })).status, 403);
    assert.equal((await write({ cookie, "x-csrf-token": `${csrf}x` })).status, 403);
    assert.equal((await write({ "x-csrf-token": csrf })).status, 401, "the token alone is nothing");
    assert.equal((await write({ cookie, "x-csrf-token": csrf })).status, 201);
  });

  test("its token is no bearer, and an access token is no cookie", async () => {
    const { cookie } = await open();
    const [name, token] = cookie.split("=") as [string, string];
    assert.equal((await ask(house, "GET /v1/session", { key: token })).status, 401);
    const [, secret] = key.split(`${idOf(key)}_`) as [string, string];
    const access = (await house.authenticator.login(idOf(key), secret))!.accessToken;
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie: `${name}=${access}` } })).status, 401);
  });

  test("a bearer goes before the cookie, also where it is wrong", async () => {
    const { cookie } = await open();
    assert.equal((await ask(house, "GET /v1/session", { key: "wrong", headers: { cookie } })).status, 401);
    const who = await ask(house, "GET /v1/session", { key, headers: { cookie } });
    assert.deepEqual([who.status, who.body.csrf_token, who.body.expires_at], [200, null, null]);
  });

  test("ends at once with its key", async () => {
    const doomed = await keyFor(house, "operator");
    const { cookie } = await open(doomed);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie } })).status, 200);
    assert.equal((await ask(house, `DELETE /v1/keys/${idOf(doomed)}`, { key })).status, 204);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie } })).status, 401);
  });

  test("ends by signing out, alone, everywhere and audited", async () => {
    const [mine, other] = [await open(), await open()];
    const out = (headers: Record<string, string>) => ask(house, "DELETE /v1/session", { headers });
    assert.equal((await out({ cookie: mine.cookie })).status, 403, "no other site signs anybody out");
    const answer = await out({ cookie: mine.cookie, "x-csrf-token": mine.csrf });
    assert.equal(answer.status, 204);
    assert.match(String(answer.headers["set-cookie"]), /^belfry_session_[0-9a-f]{8}=; Path=\/; .*; Max-Age=0$/);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie: mine.cookie } })).status, 401);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie: other.cookie } })).status, 200);
    const { body } = await ask(house, "GET /v1/audit?limit=3", { key });
    const actions = body.data.map(({ action, actor }: { action: string; actor: string }) => `${action} ${actor}`);
    assert.deepEqual(
      actions,
      ["session.end", "session.begin", "session.begin"].map((action) => `${action} ${idOf(key)}`),
    );
  });

  test("ends after twelve hours", async () => {
    const { cookie } = await open();
    hours(11.99);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie } })).status, 200);
    hours(0.01);
    assert.equal((await ask(house, "GET /v1/session", { headers: { cookie } })).status, 401);
  });
});

describe("a sign-in link", () => {
  const make = async (with_ = key): Promise<string> => {
    const { status, body } = await ask(house, "POST /v1/session-links", { key: with_ });
    assert.equal(status, 201);
    assert.equal(body.url, null);
    assert.equal(body.expires_at, new Date(house.clock.now() + 300_000).toISOString());
    return /^\/console\/#sign-in=([0-9A-Za-z]{43})$/.exec(body.path)![1]!;
  };

  test("signs in as the key that made it, once", async () => {
    const viewer = await keyFor(house, "viewer", "org_a");
    const link = await make(viewer);
    const answer = await signIn({ link });
    assert.deepEqual([answer.status, answer.body.key, answer.body.role], [201, idOf(viewer), "viewer"]);
    const again = await signIn({ link });
    assert.equal(again.status, 401);
    assert.match(again.body.detail, /used or is over/);
  });

  test("is over after five minutes, and with its key", async () => {
    const late = await make();
    house.clock.advance(299_999);
    const timely = await make();
    house.clock.advance(1);
    assert.equal((await signIn({ link: late })).status, 401);
    assert.equal((await signIn({ link: timely })).status, 201);
    const doomed = await keyFor(house, "operator");
    const link = await make(doomed);
    await ask(house, `DELETE /v1/keys/${idOf(doomed)}`, { key });
    assert.equal((await signIn({ link })).status, 401);
  });

  test("is made by a key only: what a session or an access token gives would outlive it", async () => {
    const { cookie, csrf } = await open();
    const bySession = await ask(house, "POST /v1/session-links", { headers: { cookie, "x-csrf-token": csrf } });
    assert.equal(bySession.status, 403);
    const [, secret] = key.split(`${idOf(key)}_`) as [string, string];
    const access = (await house.authenticator.login(idOf(key), secret))!.accessToken;
    assert.equal((await ask(house, "POST /v1/session-links", { key: access })).status, 403);
  });
});
