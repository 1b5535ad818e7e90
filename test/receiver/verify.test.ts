import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import {
  newSecret,
  prepareSecret,
  sign,
  verify,
  WebhookVerificationError,
  type VerificationCode,
} from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const timestamp = 1_614_265_330;
const body = '{"test": 2432232314}';
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const now = timestamp * 1000;
const headers = {
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": signature,
};

function refused(code: VerificationCode, change: Partial<Parameters<typeof verify>[0]>): void {
  assert.throws(
    () => verify({ headers, body, secret, now, ...change }),
    (error) => error instanceof WebhookVerificationError && error.code === code,
    code,
  );
}

test("signing gives the published vectors", () => {
  assert.equal(sign({ id, timestamp, body, secret }), signature);
  assert.equal(
    sign({
      id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
      timestamp: 1_649_367_553,
      body: '{"email":"test@example.com","username":"test_user"}',
      secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    }),
    "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
  );
});

test("text, bytes and a prepared secret sign alike", () => {
  const prepared = prepareSecret(secret);
  assert.equal(sign({ id, timestamp, body: Buffer.from(body), secret: prepared }), signature);
});

test("the reference library verifies what we sign, and we verify what it signs", () => {
  const reference = new Webhook(secret);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[A-Za-z0-9_]{1,40}$/), (text, message) => {
      const json = JSON.stringify({ text });
      const seconds = Math.floor(Date.now() / 1000);
      const ours = {
        "webhook-id": message,
        "webhook-timestamp": String(seconds),
        "webhook-signature": sign({ id: message, timestamp: seconds, body: json, secret }),
      };
      reference.verify(json, ours);
      const theirs = reference.sign(message, new Date(seconds * 1000), json);
      verify({ headers: { ...ours, "webhook-signature": theirs }, body: json, secret });
    }),
  );
});

test("a verified message tells its id and timestamp", () => {
  assert.deepEqual(verify({ headers, body, secret, now }), { id, timestamp });
});

test("headers may come as fetch Headers, in any case, or as lists of one", () => {
  verify({ headers: new Headers(headers), body, secret, now });
  const upper = { "Webhook-Id": id, "Webhook-Timestamp": String(timestamp), "WEBHOOK-SIGNATURE": signature };
  verify({ headers: upper, body, secret, now });
  verify({ headers: { ...headers, "webhook-id": [id] }, body, secret, now });
});

test("the tolerance is five minutes either way, inclusive", () => {
  for (const seconds of [-300, 300]) verify({ headers, body, secret, now: now + seconds * 1000 });
  refused("timestamp_too_old", { now: now + 301_000 });
  refused("timestamp_too_new", { now: now - 301_000 });
  verify({ headers, body, secret, now: now + 900_000, toleranceSeconds: 900 });
});

test("old and new secret both pass while one takes over from the other", () => {
  const next = newSecret(systemRandom);
  const both = { ...headers, "webhook-signature": sign({ id, timestamp, body, secret: [secret, next] }) };
  assert.match(both["webhook-signature"], /^v1,\S{44} v1,\S{44}$/);
  verify({ headers: both, body, secret, now });
  verify({ headers: both, body, secret: next, now });
  verify({ headers, body, secret: [next, secret], now });
  refused("no_matching_signature", { secret: next });
});

test("signatures of other kinds are passed over", () => {
  const mixed = { ...headers, "webhook-signature": `v1a,AAAA v9 ,, ${signature}` };
  verify({ headers: mixed, body, secret, now });
});

test("anything but a whole right signature is refused", () => {
  const base64 = signature.slice(3);
  for (const wrong of [
    "v1,",
    "v1",
    base64,
    `v1a,${base64}`,
    `v1,${base64.slice(0, -1)}`,
    `v1,${base64.slice(0, 10)}`,
    `v1,${base64}=`,
    `V1,${base64}`,
    `v1, ${base64}`,
    " ",
  ]) {
    refused("no_matching_signature", { headers: { ...headers, "webhook-signature": wrong } });
  }
  refused("no_matching_signature", { body: `${body} ` });
  refused("no_matching_signature", { headers: { ...headers, "webhook-id": `${id}x` } });
});

test("a missing, empty or repeated header is refused", () => {
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
    refused("missing_header", { headers: { ...headers, [name]: undefined } });
    refused("missing_header", { headers: { ...headers, [name]: "" } });
    refused("missing_header", { headers: { ...headers, [name]: [] } });
    refused("malformed_header", { headers: { ...headers, [name]: ["a", "b"] } });
  }
});

test("a timestamp is all digits or refused", () => {
  for (const wrong of [`${timestamp}.0`, ` ${timestamp}`, `${timestamp}x`, `+${timestamp}`, "-1", "1e9", "0x10", "١"]) {
    refused("malformed_header", { headers: { ...headers, "webhook-timestamp": wrong } });
  }
});

test("an id with a full stop is refused on both ends", () => {
  refused("malformed_header", { headers: { ...headers, "webhook-id": "a.b" } });
  assert.throws(() => sign({ id: "a.b", timestamp, body, secret }), TypeError);
});

test("changing any byte of the body breaks the signature, also where it is no UTF-8", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, mask) => {
      const signed = { ...headers, "webhook-signature": sign({ id, timestamp, body: bytes, secret }) };
      verify({ headers: signed, body: bytes, secret, now });
      const changed = bytes.slice();
      changed[at % bytes.length]! ^= mask;
      assert.throws(() => verify({ headers: signed, body: changed, secret, now }), WebhookVerificationError);
    }),
  );
});

test("a new secret holds 32 bytes and works", () => {
  const fresh = newSecret(systemRandom);
  assert.match(fresh, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(fresh, newSecret(systemRandom));
  sign({ id, timestamp, body, secret: fresh });
});

test("a malformed secret is refused without being repeated", () => {
  const short = `whsec_${Buffer.alloc(23).toString("base64")}`;
  const long = `whsec_${Buffer.alloc(65).toString("base64")}`;
  for (const wrong of [
    "",
    "whsec_",
    secret.slice(6),
    `${secret}!`,
    `${secret}\n`,
    `whsk_${secret.slice(6)}`,
    short,
    long,
  ]) {
    assert.throws(
      () => prepareSecret(wrong),
      (error) => error instanceof TypeError && (wrong.length < 12 || !error.message.includes(wrong.slice(6))),
    );
  }
  assert.throws(() => sign({ id, timestamp, body, secret: [] }), TypeError);
});
