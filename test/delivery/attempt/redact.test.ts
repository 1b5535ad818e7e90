import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redact, secretsOf } from "../../../src/delivery/attempt/redact.ts";
import type { Endpoint } from "../../../src/model/subscription.ts";

const bare: Endpoint = { url: "https://hooks.example/in", timeoutMs: 5000, apiKey: null, basicAuth: null };
const after = (text: string, endpoint: Partial<Endpoint>, ...headers: [string, string][]) =>
  Buffer.from(redact(Buffer.from(text), secretsOf({ ...bare, ...endpoint }, headers))).toString();

test("an answer that repeats the headers it was sent is kept without their values", () => {
  assert.equal(after('{"x-key":"tok en-123"}', {}, ["x-key", "tok en-123"]), '{"x-key":"***"}');
  const token = ["authorization", "Bearer abc.def"] as [string, string];
  assert.equal(after("abc.def is not Bearer abc.def", {}, token), "*** is not ***");
});

test("neither a password nor what it looks like in base64 is kept", () => {
  const basicAuth = { username: "me", password: 'pä"ss' };
  const encoded = Buffer.from('me:pä"ss').toString("base64");
  const answer = `Basic ${encoded} ${encoded} pä"ss ${JSON.stringify('pä"ss')}`;
  assert.equal(after(answer, { basicAuth }, ["authorization", `Basic ${encoded}`]), '*** *** *** "***"');
});

test("a token in the query of the URL is not kept; its other words are", () => {
  const url = "https://hooks.example/in?env=prod&token=s3cr3t%2Ft0ken";
  assert.equal(after("prod s3cr3t/t0ken in?env=prod&token=s3cr3t%2Ft0ken", { url }), "prod *** in?env=prod&token=***");
});

test("what is kept of an answer has memory of its own", () => {
  const kept = redact(Buffer.from("a-long-secret!"), ["a-long-secret"]);
  assert.deepEqual([Buffer.from(kept).toString(), kept.buffer.byteLength], ["***!", 4]);
});

test("an answer without secrets stays byte for byte, and texts too short to be secrets are none", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(redact(bytes, secretsOf(bare, [["x-key", "a-long-secret"]])), bytes);
    }),
  );
  assert.equal(after("banana", {}, ["x-key", "an"]), "banana");
});

test("of secrets that begin alike the longer one is masked whole", () => {
  const told: readonly (readonly [string, string])[] = [
    ["x-short", "secret"],
    ["x-long", "secret-and-more"],
    ["x-middle", "secret-and"],
  ];
  const answer = Buffer.from("got secret-and-more, secret-and and secret");
  assert.equal(Buffer.from(redact(answer, secretsOf(bare, told))).toString(), "got ***, *** and ***");
});
