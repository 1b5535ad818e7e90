import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { prepare } from "../../../src/delivery/attempt/attempt.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import { judgeHeader } from "../../../src/delivery/guard/header.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";

/** When a subscription is created the APIs ask the guard, at send `prepare` does: both must say the same. */
const ok = (name: string, value = "v", basicAuth = false): boolean => {
  const { allowed } = judgeHeader(name, value, basicAuth);
  const endpoint = {
    ...makeSubscription().endpoint,
    apiKey: { name, value },
    basicAuth: basicAuth ? { username: "u", password: "p" } : null,
  };
  assert.equal(
    prepare(makeSubscription({ endpoint }), composer, deliveryDefaults).refused === null,
    allowed,
    `at send: ${name}`,
  );
  return allowed;
};
const composer = { version: "1", compose: (_: string, body: string) => body, authentication: () => [] };

test("names an owner may use", () => {
  for (const name of [
    "X-Api-Key",
    "api_key",
    "x-butlr-token",
    "Authorization",
    "X-Forward",
    "Webhook",
    "a".repeat(256),
  ]) {
    assert.equal(ok(name), true, name);
  }
});

test("names that are no token are refused", () => {
  for (const name of ["", " ", "a b", "a:", "a\r", "a\n", "a\u0000", "ä", "a(b)", "a\u2028", "a".repeat(257)]) {
    assert.equal(ok(name), false, JSON.stringify(name));
  }
});

test("names that frame the message, are ours or unlock metadata are refused in any case", () => {
  const names = `Host Content-Length Transfer-Encoding Connection Keep-Alive TE Trailer Upgrade Expect Proxy-Authorization
    Proxy-Connection Cookie Set-Cookie Content-Type Content-Encoding Accept-Encoding Date Via Forwarded X-Forwarded-For
    X-Forwarded-Host X-HTTP-Method-Override User-Agent webhook-id Webhook-Signature webhook-anything belfry-attempt
    Metadata-Flavor X-Google-Metadata-Request Metadata X-aws-ec2-metadata-token X-aws-ec2-metadata-token-ttl-seconds
    __proto__ X-Hub-Signature X-Hub-Signature-256 Stripe-Signature`;
  for (const name of names.split(/\s+/)) {
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) assert.equal(ok(spelling), false, spelling);
  }
});

test("Authorization is free only without basic authentication", () => {
  assert.equal(ok("authorization", "Bearer x", false), true);
  assert.equal(ok("AUTHORIZATION", "Bearer x", true), false);
});

test("values are printable ASCII without spaces at the ends, up to 8 KiB", () => {
  for (const value of ["", "a", "a b", "~!@#", "x".repeat(8192)]) assert.equal(ok("X-Key", value), true);
  for (const value of [
    "a\r\nb: c",
    "a\n",
    "\u0000",
    "\u2028",
    "\u007f",
    "ü",
    "Ā",
    " a",
    "a ",
    " ",
    "a\tb",
    "x".repeat(8193),
  ]) {
    assert.equal(ok("X-Key", value), false, JSON.stringify(value));
  }
});

test("a refusal repeats no value", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), (value) => {
      const verdict = judgeHeader("X-Key", `${value}\n`);
      assert.ok(!verdict.allowed);
      assert.equal(verdict.code, "header_forbidden");
      assert.ok(!verdict.message.includes(value));
    }),
  );
});
