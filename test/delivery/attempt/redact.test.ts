import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
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

const echoes = {
  "as it was sent": ["https://h.example/in?token=a+b/c==", 'POST /in?token=a+b/c== {"token":"a+b/c=="}', "a+b/c=="],
  "with + for a blank": ["https://h.example/in?token=a+b/c==", "token is a b/c==", "a b/c=="],
  "with + as it is": ["https://h.example/in?token=a+b/c==", "token is a+b/c==", "a+b/c=="],
  "encoded again": ["https://h.example/in?token=a+b/c==", "token=a%2Bb%2Fc%3D%3D or a%20b%2Fc%3D%3D", "%2F"],
  "in lower case": ["https://h.example/in?token=s3cr3t%2Ft0ken", "token=s3cr3t%2ft0ken", "t0ken"],
  "as it was sent in lower case": [
    "https://h.example/in?token=s3cr3t%2ft0ken",
    "s3cr3t%2ft0ken s3cr3t%2Ft0ken",
    "t0ken",
  ],
  decoded: ["https://h.example/in?token=s3cr3t%2Ft0ken", "s3cr3t/t0ken", "t0ken"],
  "without a name": ["https://h.example/in?S3cr3tT0ken", "Cannot POST /in?S3cr3tT0ken", "S3cr3t"],
  short: ["https://h.example/in?pin=4711&k=abcd", '{"pin":"4711","k":["abcd"]}', "4711"],
  "of three signs": ["https://h.example/in?pin=471", 'POST /in?pin=471 {"pin":"471"} {"pin": "471"}', "471"],
  "of a value that is no UTF-8": [
    "https://h.example/in?token=%ff%fe-secret",
    "token=%ff%fe-secret %FF%FE-secret",
    "secret",
  ],
  "in JSON with escaped slashes": [
    "https://h.example/in?token=a/b-secret",
    String.raw`{"t":"a\/b-secret"}`,
    "b-secret",
  ],
  "in JSON in ASCII": ["https://h.example/in?token=s%C3%BCcret-1", String.raw`{"t":"s\u00fccret-1"}`, "cret-1"],
  "in HTML": ["https://h.example/in?a=first-one&token=it's", "<pre>/in?a=first-one&amp;token=it&#39;s</pre>", "first"],
  "in the path": ["https://h.example/api/webhook/x7Kq2", "Cannot POST /api/webhook/x7Kq2; no hook x7Kq2", "x7Kq2"],
  "in the path, encoded": ["https://h.example/hook/a%20Secret/", "no hook a Secret or a%20Secret", "Secret"],
  "in the path, beyond ASCII": ["https://h.example/hook/schlüssel", "/hook/schl%C3%BCssel schlüssel", "ssel"],
  "in the path, as the parser has it": ["https://h.example/a/../hook/T0ken?x", "POST /hook/T0ken?x", "T0ken"],
} satisfies Record<string, readonly [url: string, answer: string, gone: string]>;

for (const [name, [url, answer, gone]] of Object.entries(echoes)) {
  test(`what the URL has beyond its host is not kept of an echo: ${name}`, () => {
    const kept = after(answer, { url });
    assert.ok(!kept.includes(gone), kept);
    assert.match(kept, /\*\*\*/);
  });
}

test("names of an API and of values stay, and so does what was not in the URL", () => {
  const url = "https://hooks.example/api/hook?env=prod&token=s3cr3t%2Ft0ken";
  assert.equal(after("no token for env in /api/hook, see /docs", { url }), "no token for env in /api/hook, see /docs");
});

test("neither the name nor the password of Basic authentication is kept", () => {
  const basicAuth = { username: "belfry-user", password: "pass" };
  assert.equal(after("belfry-user:pass is wrong", { basicAuth }), "***:*** is wrong");
});

test("any URL that a receiver echoes as it was sent tells nothing of its values", () => {
  const value = fc.stringMatching(/^[A-Za-z0-9._~+/=%-]{4,30}$/).map((text) => `${text.replaceAll("%", "%2f")}Zq9`);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.nat(40), (values, at) => {
      const url = `https://h.example/in?${values.map((text, index) => `n${index}=${text}`).join("&")}`;
      const { search } = new URL(url);
      for (const answer of [
        `POST /in${search}`,
        JSON.stringify({ args: values }),
        `/in${search}`.slice(0, -(at + 1)),
      ]) {
        const kept = after(answer, { url });
        for (const text of values) assert.ok(!kept.includes(text), kept);
      }
    }),
  );
});

test("a secret that the end of what is kept cuts off is masked as far as it goes", () => {
  const long = "x".repeat(16_374);
  const url = "https://h.example/in?token=super-secret-token";
  for (const [secret, endpoint] of [
    ["super-secret-token", { url }],
    ["a-header-value", {}],
  ] as const) {
    const cut = `${long} ${secret}`.slice(0, 16_384);
    const kept = after(cut, endpoint, ["x-key", "a-header-value"]);
    assert.equal(kept, `${long} ***`);
  }
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
