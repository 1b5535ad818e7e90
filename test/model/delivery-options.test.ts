import assert from "node:assert/strict";
import { test } from "node:test";
import { type OptionsInput, withOptions } from "../../src/model/delivery-options.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const bindings = [
  { type: "call.create", variant: 0, resource: null },
  { type: "access_log.create", variant: 2, resource: "front" },
];
const before = makeSubscription({
  dialect: "butterflymx",
  bindings,
  endpoint: { url: "https://a.example/x", timeoutMs: null, apiKey: null, basicAuth: null, headers: { "x-key": "k" } },
  signingSecrets: [{ secret: "whsec_old", until: null }],
  payload: { format: "flat", secrecy: true, includeLocked: false },
});
const given = (options: OptionsInput, url = before.endpoint.url) => {
  const { subscription, newSecret } = withOptions(before, url, options, (secret = "whsec_new") => ({
    secret,
    until: null,
  }));
  const { endpoint, signingSecrets, payload } = subscription;
  return {
    headers: endpoint.headers,
    secrets: signingSecrets.map(({ secret }) => secret),
    payload,
    newSecret,
    subscription,
  };
};

test("what is absent stays, at the same origin", () => {
  const { headers, secrets, payload, newSecret } = given({}, "https://a.example/other");
  assert.deepEqual([headers, secrets, payload, newSecret], [{ "x-key": "k" }, ["whsec_old"], before.payload, null]);
});

test("at another origin headers go and a new secret signs, unless both are given", () => {
  const moved = given({}, "https://b.example/x");
  assert.deepEqual([moved.headers, moved.secrets, moved.newSecret], [undefined, ["whsec_new"], "whsec_new"]);
  const named = given({ headers: { "x-other": "o" }, secret: "whsec_given" }, "https://b.example/x");
  assert.deepEqual([named.headers, named.secrets, named.newSecret], [{ "x-other": "o" }, ["whsec_given"], null]);
});

test("null removes headers, makes a new secret, and gives the usual of all others", () => {
  const { headers, secrets, newSecret, payload } = given({
    headers: null,
    secret: null,
    format: null,
    secrecy: null,
    includeLocked: null,
  });
  assert.deepEqual([headers, secrets, newSecret], [undefined, ["whsec_new"], "whsec_new"]);
  assert.deepEqual(payload, { format: "both", secrecy: false, includeLocked: false });
});

test("entries of doors that did not open are bound beside those that opened, under the same name and door", () => {
  const { subscription } = given({ includeLocked: true });
  const other = { type: "access_log.other", variant: 2, resource: "front" };
  assert.deepEqual(subscription.bindings, [...bindings, other]);
  const again = withOptions(subscription, subscription.endpoint.url, { includeLocked: false }, () => assert.fail());
  assert.deepEqual(again.subscription.bindings, bindings);
});
