import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { BelfryError } from "../../src/errors.ts";
import { createAuthenticator } from "../../src/auth/authenticator.ts";
import { checks, ensureOperatorKey, type IssuedKey, parseKey } from "../../src/auth/api-keys.ts";
import { createTokens, tokenLifetime } from "../../src/auth/access-tokens.ts";
import { systemRandom } from "../../src/clock.ts";
import { type House, openHouse } from "../http/fixture.ts";

const tokenKey = new Uint8Array(32).fill(2);
const operator = { role: "operator", organization: null, targets: [] } as const;

describe("keys", () => {
  let house: House;
  let key: IssuedKey;
  before(async () => {
    house = await openHouse();
    key = await house.keys.issue(operator, "test");
  });
  after(() => house.close());

  test("a key is its client id and its secret, and both parts can be told from the whole", () => {
    assert.match(key.key, /^belfry_client_[0-9A-Za-z]{27}_[0-9A-Za-z]{49}$/);
    assert.equal(key.key, `belfry_${key.clientId}_${key.clientSecret}`);
    assert.deepEqual(parseKey(key.key), { id: key.clientId, secret: key.clientSecret });
  });

  test("a mistyped key fails its checksum", () => {
    const positions = fc.integer({ min: "belfry_client_".length, max: key.key.length - 1 });
    fc.assert(
      fc.property(positions, fc.constantFrom("0", "a", "Z", "_"), (at, other) => {
        fc.pre(key.key[at] !== other);
        assert.equal(parseKey(key.key.slice(0, at) + other + key.key.slice(at + 1)), null);
      }),
      // The first and last of the id, of the secret and of its checksum.
      { examples: [14, 40, 42, 84, 85, key.key.length - 1].map((at) => [at, "0"]) },
    );
    assert.equal(checks({ id: key.clientId, secret: "" }), false);
  });

  test("the store keeps a keyed hash and nothing of the secret", async () => {
    const stored = await house.store.registry.key(key.clientId);
    assert.equal(stored!.hash.byteLength, 32);
    assert.notDeepEqual(Buffer.from(stored!.hash), createHmac("sha256", "").update(key.clientSecret).digest());
  });

  test("the key as bearer, and its parts at a token endpoint, give the same principal", async () => {
    const principal = { key: key.clientId, ...operator };
    assert.deepEqual(await house.authenticator.principal(`Bearer ${key.key}`), principal);
    const login = await house.authenticator.login(key.clientId, key.clientSecret);
    assert.deepEqual([login?.principal, login?.expiresIn], [principal, 86_400]);
    assert.deepEqual(await house.authenticator.principal(`bearer ${login!.accessToken}`), principal);
  });

  test("whatever else is sent as authorization is nobody", async () => {
    const odd = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Basic ${key.key}`,
      key.key,
      `Bearer ${key.key} x`,
      "Bearer ÿÿÿ",
      "Bearer a.b.c",
    ];
    for (const [index, text] of odd.entries()) {
      assert.equal(await house.authenticator.principal(text, `address ${index}`), null, text);
    }
    const other = await house.keys.issue(operator, "test");
    assert.equal(await house.authenticator.login(key.clientId, other.clientSecret), null);
    assert.equal(await house.authenticator.login(key.clientId, key.key), null);
    assert.equal(await house.authenticator.login("", ""), null);
  });

  test("a first start makes one operator key, later starts none until no valid one is left or one is asked for", async () => {
    const fresh = await openHouse();
    const kept: string[] = [];
    const ensure = (wanted = false) =>
      ensureOperatorKey(fresh.store.registry, fresh.keys, (key) => void kept.push(key), wanted);
    const first = await ensure();
    assert.ok(first !== null);
    assert.equal(await ensure(), null);
    const second = await ensure(true);
    assert.ok(second !== null);
    for (const key of [first, second]) assert.ok((await fresh.authenticator.principal(`Bearer ${key}`)) !== null);
    for (const key of [first, second]) {
      const { id } = parseKey(key)!;
      const entry = { at: 0, actor: "test", action: "key.revoke", object: id, detail: null };
      await fresh.store.registry.revokeKey(id, entry);
    }
    const third = await ensure();
    assert.deepEqual(kept, [first, second, third]);
    await fresh.close();
  });

  test("an operator key that could not be kept does not count, and the next start makes another", async () => {
    const fresh = await openHouse();
    const { registry } = fresh.store;
    const full = () => {
      throw new Error("no space left");
    };
    const keysOf = async () => (await registry.keys()).filter(({ role }) => role === "operator").length;
    const before = await keysOf();
    await assert.rejects(ensureOperatorKey(registry, fresh.keys, full), /no space left/);
    assert.equal(await keysOf(), before);
    assert.ok((await ensureOperatorKey(registry, fresh.keys, () => {})) !== null);
    await fresh.close();
  });
});

describe("revocation", () => {
  test("counts within 5 s on a node that did not hear of it, for the key and its tokens, and at once on the one that did", async () => {
    const house = await openHouse();
    const { registry } = house.store;
    const there = createAuthenticator({
      registry,
      signIns: house.store.signIns,
      keys: house.keys,
      tokenKey,
      home: async () => null,
      clock: house.clock,
      random: systemRandom,
    });
    const key = await house.keys.issue(operator, "test");
    const token = (await there.login(key.clientId, key.clientSecret))!.accessToken;
    const works = async (text: string) => (await there.principal(`Bearer ${text}`)) !== null;
    assert.deepEqual([await works(key.key), await works(token)], [true, true]);
    const entry = { at: 0, actor: "test", action: "key.revoke", object: key.clientId, detail: null };
    await registry.revokeKey(key.clientId, entry);
    house.clock.advance(5_000);
    assert.deepEqual([await works(key.key), await works(token)], [false, false]);

    const second = await house.keys.issue(operator, "test");
    assert.equal(await works(second.key), true);
    await registry.revokeKey(second.clientId, { ...entry, object: second.clientId });
    there.forget(second.clientId);
    assert.equal(await works(second.key), false);
    assert.equal(await there.login(second.clientId, second.clientSecret), null);
    await house.close();
  });
});

describe("the brake", () => {
  test("ten wrong secrets from one address hold further guesses for a while, and never who has the right one", async () => {
    const house = await openHouse();
    const { authenticator } = house;
    const key = await house.keys.issue(operator, "test");
    const other = await house.keys.issue(operator, "test");
    const guess = () => authenticator.login(key.clientId, other.clientSecret, "10.0.0.1");
    for (let failure = 0; failure < 10; failure++) assert.equal(await guess(), null);
    const slowed = (error: unknown) => error instanceof BelfryError && error.code === "TOO_MANY_REQUESTS";
    await assert.rejects(guess, slowed);
    assert.equal(await authenticator.login(key.clientId, other.clientSecret, "10.0.0.2"), null);
    assert.equal(await authenticator.login(other.clientId, key.clientSecret, "10.0.0.1"), null);
    // Behind a proxy the guesser and the owner have one address.
    const session = await authenticator.login(key.clientId, key.clientSecret, "10.0.0.1");
    assert.ok(session !== null);
    for (const text of [key.key, session.accessToken]) {
      assert.ok((await authenticator.principal(`Bearer ${text}`, "10.0.0.1")) !== null);
    }
    await assert.rejects(guess, slowed);
    house.clock.advance(60_000);
    assert.equal(await guess(), null);
    await house.close();
  });

  test("tokens that have expired are no guesses", async () => {
    const house = await openHouse();
    const { authenticator } = house;
    const key = await house.keys.issue(operator, "test");
    const { accessToken } = (await authenticator.login(key.clientId, key.clientSecret, "a"))!;
    house.clock.advance(tokenLifetime * 1000);
    for (let time = 0; time < 50; time++)
      assert.equal(await authenticator.principal(`Bearer ${accessToken}`, "a"), null);
    assert.ok((await authenticator.login(key.clientId, key.clientSecret, "a")) !== null);
    await house.close();
  });
});

describe("access tokens", () => {
  const now = Date.UTC(2026, 0, 1);
  const tokens = createTokens(tokenKey, systemRandom);
  const clientOf = (token: string, at: number): string => {
    const read = tokens.verify(token, at);
    return typeof read === "string" ? read : read.clientId;
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (text: string, hash = "sha256", key: Uint8Array = tokenKey) =>
    `${text}.${createHmac(hash, key).update(text).digest("base64url")}`;
  const header = encode({ alg: "HS256", typ: "JWT" });
  const claims = { iss: "belfry", aud: "belfry", sub: "client_1", iat: now / 1000, exp: now / 1000 + 60, jti: "x" };

  test("a token lives for a day", () => {
    const token = tokens.issue("client_1", now);
    assert.equal(clientOf(token, now + tokenLifetime * 1000 - 1), "client_1");
    assert.equal(tokens.verify(token, now + tokenLifetime * 1000), "expired");
    assert.notEqual(token, tokens.issue("client_1", now));
  });

  test("a clock that is up to a minute ahead is forgiven", () => {
    assert.equal(clientOf(tokens.issue("client_1", now + 60_000), now), "client_1");
    assert.equal(tokens.verify(tokens.issue("client_1", now + 61_000), now), "forged");
  });

  test("every other algorithm, header, claim and signature is forged", () => {
    const good = sign(`${header}.${encode(claims)}`);
    assert.equal(clientOf(good, now), "client_1");
    const [, body, signature] = good.split(".") as [string, string, string];
    const forged = [
      `${encode({ alg: "none", typ: "JWT" })}.${body}.`,
      sign(`${encode({ alg: "none" })}.${body}`),
      sign(`${encode({ alg: "HS512", typ: "JWT" })}.${body}`, "sha512"),
      sign(`${encode({ typ: "JWT", alg: "HS256" })}.${body}`),
      sign(`${encode({ alg: "HS256", typ: "JWT", jku: "https://evil.test" })}.${body}`),
      sign(`${header}.${body}`, "sha256", new Uint8Array(32)),
      `${header}.${body}`,
      `${header}.${body}.`,
      `${header}.${body}.${signature}=`,
      `${header}.${body}.${signature}.`,
      `${header}.${body}.${"é".repeat(signature.length)}`,
      `${header}.${encode({ ...claims, sub: "client_2" })}.${signature}`,
      sign(`${header}.${encode({ ...claims, aud: "other" })}`),
      sign(`${header}.${encode({ ...claims, iss: "other" })}`),
      sign(`${header}.${encode({ ...claims, exp: undefined })}`),
      sign(`${header}.${encode({ ...claims, iat: "1" })}`),
      sign(`${header}.${encode({ ...claims, sub: 1 })}`),
      sign(`${header}.${encode({ ...claims, jti: undefined })}`),
      sign(`${header}.${encode({ ...claims, sid: "s" })}`),
      sign(`${header}.${encode({ ...claims, gen: 0 })}`),
      sign(`${header}.${encode({ ...claims, sid: 1, gen: 0 })}`),
      "",
      "..",
    ];
    for (const token of forged) assert.equal(tokens.verify(token, now), "forged", token);
  });
});
