// Signing and verifying messages after Standard Webhooks, against its published vectors and its reference library.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { fc } from "../fixtures/properties.ts";
import {
  newSecret,
  prepareSecret,
  sign,
  verify,
  WebhookVerificationError,
  type VerificationCode,
} from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";
import { callsOfTimingSafeEqual } from "./constant-time.ts";

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
  const agree = (text: string, message: string): void => {
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
  };
  for (const text of ["", "Tür ✓ 🔔", "\0", "x".repeat(100_000)]) agree(text, "msg_1");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[A-Za-z0-9_]{1,40}$/), agree));
});

test("verifying returns the id and when the message was signed, not when it arrived", () => {
  assert.deepEqual(verify({ headers, body, secret, now: now + 123_456 }), { id, timestamp });
});

test("headers may come as fetch Headers, in any case, or as lists of one", () => {
  verify({ headers: new Headers(headers), body, secret, now });
  const upper = { "Webhook-Id": id, "Webhook-Timestamp": String(timestamp), "WEBHOOK-SIGNATURE": signature };
  verify({ headers: upper, body, secret, now });
  verify({ headers: { ...headers, "webhook-id": [id] }, body, secret, now });
});

test("the tolerance is five minutes either way, inclusive, counted in whole seconds", () => {
  for (const ms of [-300_000, 300_000, 300_999]) verify({ headers, body, secret, now: now + ms });
  refused("timestamp_too_old", { now: now + 301_000 });
  refused("timestamp_too_new", { now: now - 300_001 });
  verify({ headers, body, secret, now: now + 900_999, toleranceSeconds: 900 });
  refused("timestamp_too_old", { now: now + 901_000, toleranceSeconds: 900 });
  verify({ headers, body, secret, now, toleranceSeconds: 0 });
  refused("timestamp_too_old", { now: now + 1_000, toleranceSeconds: 0 });
});

test("a clock or a tolerance that is not a number lets nothing pass", () => {
  refused("timestamp_too_old", { toleranceSeconds: Number.NaN });
  refused("timestamp_too_old", { now: Number.NaN });
});

test("an error about the time says how far it is off and how far it may be", () => {
  const messageAt = (at: number): string => {
    try {
      verify({ headers, body, secret, now: at });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(messageAt(now + 400_000), /signed 400 s ago; 300 s are allowed/);
  assert.match(messageAt(now - 400_000), /signed 400 s in the future; 300 s are allowed/);
});

test("during a rotation the old and the new secret both verify, whichever side has both", () => {
  const next = newSecret(systemRandom);
  const both = { ...headers, "webhook-signature": sign({ id, timestamp, body, secret: [secret, next] }) };
  assert.match(both["webhook-signature"], /^v1,\S{44} v1,\S{44}$/);
  verify({ headers: both, body, secret, now });
  verify({ headers: both, body, secret: next, now });
  for (const list of [
    [next, secret],
    [secret, next],
  ]) {
    verify({ headers, body, secret: list, now });
  }
  refused("no_matching_signature", { secret: next });
});

test("signatures stand in the order of their secrets", () => {
  const next = newSecret(systemRandom);
  const [one, two] = [secret, next].map((each) => sign({ id, timestamp, body, secret: each }));
  assert.equal(sign({ id, timestamp, body, secret: [secret, next] }), `${one} ${two}`);
  assert.equal(sign({ id, timestamp, body, secret: [next, secret] }), `${two} ${one}`);
});

test("every signature is compared in constant time, also behind a valid one", (t) => {
  const other = `v1,${Buffer.alloc(32).toString("base64")}`;
  const calls = callsOfTimingSafeEqual(t);
  const compared = (signatures: string, secrets: readonly string[] = [secret]): number => {
    const before = calls();
    verify({ headers: { ...headers, "webhook-signature": signatures }, body, secret: secrets, now });
    return calls() - before;
  };
  assert.equal(compared(signature), 1);
  assert.equal(compared(`${signature} ${other} ${other}`), 3);
  assert.equal(compared(`${other} ${signature}`), 2);
  assert.equal(compared(`${signature} ${other}`, [secret, newSecret(systemRandom)]), 4);
});

test("signatures of unknown kinds are ignored", () => {
  const mixed = { ...headers, "webhook-signature": `v1a,AAAA v9 ,, ${signature}` };
  verify({ headers: mixed, body, secret, now });
});

test("anything but a whole valid signature is refused", () => {
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
    `v1,${base64.slice(0, -2)}A=`,
    `v1,A${base64.slice(1)}`,
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
    refused("malformed_header", { headers: { ...headers, [name]: [""] } });
    const value = headers[name as keyof typeof headers];
    for (const list of [
      [value, value],
      [value, "b"],
      ["a", value],
    ]) {
      refused("malformed_header", { headers: { ...headers, [name]: list } });
    }
  }
});

test("a timestamp must be digits, 15 at most", () => {
  const wrong = [`${timestamp}.0`, ` ${timestamp}`, `${timestamp}x`, `+${timestamp}`, "-1", "1e9", "0x10", "١"];
  for (const time of [...wrong, `000000${timestamp}`]) {
    refused("malformed_header", { headers: { ...headers, "webhook-timestamp": time } });
  }
});

test("the signature is over the timestamp as it was sent", () => {
  const time = `00000${timestamp}`;
  const hmac = createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`${id}.${time}.${body}`);
  const sent = { ...headers, "webhook-timestamp": time, "webhook-signature": `v1,${hmac.digest("base64")}` };
  assert.deepEqual(verify({ headers: sent, body, secret, now }), { id, timestamp });
  refused("no_matching_signature", { headers: { ...headers, "webhook-timestamp": time } });
});

test("an id with a full stop is refused on both ends", () => {
  for (const wrong of ["a.b", ".a", "a."]) {
    refused("malformed_header", { headers: { ...headers, "webhook-id": wrong } });
    assert.throws(() => sign({ id: wrong, timestamp, body, secret }), /full stop/);
  }
});

test("a message that nobody could verify is not signed", () => {
  assert.throws(() => sign({ id: "", timestamp, body, secret }), /must not be empty/);
  for (const wrong of [-1, 0.5, timestamp + 0.5, Number.NaN, Infinity, 2 ** 53]) {
    assert.throws(() => sign({ id, timestamp: wrong, body, secret }), /whole seconds/);
  }
  assert.match(sign({ id, timestamp: 0, body, secret }), /^v1,/);
});

test("without a secret nothing is signed, and nothing verified", () => {
  for (const none of [[], undefined, [undefined], null] as unknown as string[]) {
    assert.throws(() => sign({ id, timestamp, body, secret: none }), TypeError);
    assert.throws(() => verify({ headers, body, secret: none, now }), TypeError);
  }
});

test("changing any byte of the body breaks the signature, also in a body that is not UTF-8", () => {
  const breaks = (bytes: Uint8Array, at: number, mask: number): void => {
    const signed = { ...headers, "webhook-signature": sign({ id, timestamp, body: bytes, secret }) };
    verify({ headers: signed, body: bytes, secret, now });
    const changed = bytes.slice();
    changed[at % bytes.length]! ^= mask;
    assert.throws(() => verify({ headers: signed, body: changed, secret, now }), WebhookVerificationError);
  };
  const long = new Uint8Array(200).fill(0x20);
  for (const at of [0, 1, 63, 64, 127, 128, 199]) breaks(long, at, 1);
  // Bytes that one decoder would make the same character of, the one that stands for what is malformed.
  breaks(Uint8Array.of(0xff), 0, 0x01);
  breaks(Uint8Array.of(0x22, 0xc3, 0x22), 1, 0x01);
  fc.assert(fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), breaks));
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
    `${secret}===`,
    ` ${secret}`,
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
});
