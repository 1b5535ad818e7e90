// Keys of both kinds: what they sign, what they accept, and that no key accepts a signature of the other kind.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { newSecret, newSigningKey, prepareSecret, publicKeyOf, sign, verify } from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";
import { heldMemory, usePool } from "../fixtures/held-memory.ts";

// The vector of the reference implementation of v1a.
const signingKey = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const publicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const shared = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const timestamp = 1_614_265_330;
const now = timestamp * 1000;
const body = '{"test": 2432232314}';
const signature = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

const headersWith = (signatures: string) => ({
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": signatures,
});
const accepts = (
  secret: string | readonly string[],
  signatures: string,
  given: Uint8Array | string = body,
): boolean => {
  try {
    verify({ headers: headersWith(signatures), body: given, secret, now });
    return true;
  } catch {
    return false;
  }
};

test("ed25519 gives the published vector, and its public key verifies it", () => {
  assert.equal(sign({ id, timestamp, body, secret: signingKey }), signature);
  assert.equal(publicKeyOf(signingKey), publicKey);
  assert.ok(accepts(publicKey, signature));
  assert.ok(accepts(signingKey, signature));
});

test("a signing key may be its seed alone", () => {
  const seed = `whsk_${Buffer.from(signingKey.slice(5), "base64").subarray(0, 32).toString("base64")}`;
  assert.equal(sign({ id, timestamp, body, secret: seed }), signature);
  assert.equal(publicKeyOf(seed), publicKey);
});

test("a new signing key is 64 bytes whose halves belong together", () => {
  const fresh = newSigningKey(systemRandom);
  assert.match(fresh, /^whsk_[A-Za-z0-9+/]{86}==$/);
  assert.ok(accepts(publicKeyOf(fresh), sign({ id, timestamp, body, secret: fresh })));
  assert.ok(!accepts(publicKey, sign({ id, timestamp, body, secret: fresh })));
});

test("any change of body or signature breaks v1a", () => {
  const breaks = (bytes: Uint8Array, at: number, mask: number): void => {
    const valid = sign({ id, timestamp, body: bytes, secret: signingKey });
    assert.ok(accepts(publicKey, valid, bytes));
    const changed = bytes.slice();
    changed[at % bytes.length]! ^= mask;
    assert.ok(!accepts(publicKey, valid, changed));
    const raw = Buffer.from(valid.slice(4), "base64");
    raw[at % raw.length]! ^= mask;
    assert.ok(!accepts(publicKey, `v1a,${raw.toString("base64")}`, bytes));
  };
  const long = new Uint8Array(200).fill(0x20);
  for (const at of [0, 1, 31, 32, 63, 64, 199]) breaks(long, at, 1);
  breaks(Uint8Array.of(0xff), 0, 0x01);
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 64 }),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    breaks,
  );
  fc.assert(property, { numRuns: 30 });
});

test("one valid signature of v1a is enough, wherever it stands, and many invalid ones are not", () => {
  const other = sign({ id, timestamp, body: `${body} `, secret: signingKey });
  for (const list of [`${signature} ${other}`, `${other} ${signature}`, `${other} ${other} ${signature} ${other}`]) {
    assert.ok(accepts(publicKey, list), list);
  }
  assert.ok(!accepts(publicKey, Array.from({ length: 10 }, () => other).join(" ")));
});

test("a signature of v1a has one valid spelling", () => {
  const base64 = signature.slice(4);
  for (const wrong of ["", base64.slice(0, -1), base64.slice(0, -2), `${base64}=`, base64.replace("Ag==", "Ah==")]) {
    assert.ok(!accepts(publicKey, `v1a,${wrong}`), wrong);
  }
  assert.ok(accepts(publicKey, `v2,x v1,${base64} ${signature} v1a,AAAA`));
});

test("no kind of key accepts a signature of the other kind, whatever its tag says", () => {
  const both = sign({ id, timestamp, body, secret: [shared, signingKey] });
  const [v1, v1a] = both.split(" ") as [string, string];
  assert.ok(accepts(shared, both) && accepts(publicKey, both) && accepts([shared, publicKey], v1));
  assert.ok(!accepts(publicKey, v1));
  assert.ok(!accepts(publicKey, v1.replace("v1,", "v1a,")));
  assert.ok(!accepts(shared, v1a));
  assert.ok(!accepts(shared, v1a.replace("v1a,", "v1,")));
  // Anybody may know the public key, and could use its bytes as a shared secret.
  const raw = Buffer.from(publicKey.slice(5), "base64");
  const forged = createHmac("sha256", raw).update(`${id}.${timestamp}.${body}`).digest("base64");
  for (const tag of ["v1", "v1a"]) assert.ok(!accepts(publicKey, `${tag},${forged}`));
});

test("a public key cannot sign, alone or beside a key that can", () => {
  for (const secret of [publicKey, [shared, publicKey], [publicKey, shared]]) {
    assert.throws(() => sign({ id, timestamp, body, secret }), /whpk_ key cannot sign/);
  }
});

test("malformed keys are refused, and the error does not contain them", () => {
  const swapped = Buffer.from(signingKey.slice(5), "base64");
  swapped[63]! ^= 1;
  const wrong = [
    `whsk_${swapped.toString("base64")}`,
    `whsk_${Buffer.alloc(31).toString("base64")}`,
    `whsk_${Buffer.alloc(33).toString("base64")}`,
    `whsk_${Buffer.concat([Buffer.from(signingKey.slice(5), "base64"), Buffer.alloc(1)]).toString("base64")}`,
    `whsk_${Buffer.from(signingKey.slice(5), "base64").subarray(0, 63).toString("base64")}`,
    `whpk_${Buffer.alloc(31).toString("base64")}`,
    `whpk_${Buffer.alloc(33).toString("base64")}`,
    `whpk_${Buffer.alloc(64).toString("base64")}`,
    `${signingKey}===`,
    `${publicKey}!`,
    publicKey.slice(5),
    "whsk_",
    "whpk_",
    "whsec",
  ];
  for (const text of wrong) {
    assert.throws(
      () => prepareSecret(text),
      (error) => error instanceof TypeError && (text.length < 12 || !error.message.includes(text.slice(5))),
      text,
    );
  }
  for (const text of [shared, publicKey, publicKey.replace("whpk_", "")]) {
    assert.throws(() => publicKeyOf(text), /must start with whsk_/);
  }
});

test("an error about a secret says what is wrong with it", () => {
  const bytes = (prefix: string, size: number) => `${prefix}${Buffer.alloc(size).toString("base64")}`;
  for (const [secret, message] of [
    [bytes("whsec_", 23), /must hold 24 to 64 bytes; this one holds 23/],
    [bytes("whsec_", 65), /this one holds 65/],
    [bytes("whsk_", 31), /must hold 32 or 64 bytes; this one holds 31/],
    [bytes("whsk_", 33), /must hold 32 or 64 bytes; this one holds 33/],
    [bytes("whpk_", 64), /must hold 32 bytes; this one holds 64/],
    ["whsec_***", /must be base64/],
    [shared.slice(6), /must start with whsec_, whsk_ or whpk_/],
    [undefined as unknown as string, /of type undefined.*variable/],
    [Buffer.alloc(32) as unknown as string, /must be text/],
  ] as const) {
    assert.throws(() => prepareSecret(secret), { name: "TypeError", message });
  }
});

test("secrets of 24 to 64 bytes work, with and without padding", () => {
  for (const size of [24, 25, 26, 32, 63, 64]) {
    const padded = `whsec_${Buffer.alloc(size, size).toString("base64")}`;
    const bare = padded.replace(/=+$/, "");
    const valid = sign({ id, timestamp, body, secret: padded });
    assert.equal(sign({ id, timestamp, body, secret: bare }), valid);
    const expected = createHmac("sha256", Buffer.alloc(size, size))
      .update(`${id}.${timestamp}.${body}`)
      .digest("base64");
    assert.equal(valid, `v1,${expected}`);
    assert.ok(accepts(bare, valid) && accepts(padded, valid));
  }
});

test("bodies of any size and content are signed as bytes, alike by both kinds of key", () => {
  const bodies = ["", "x", '{"ü":"✓ 🔔"}', "x".repeat(1024 * 1024)];
  const bytes = [Buffer.from([0xff, 0x00, 0xfe]), ...bodies.map((text) => Buffer.from(text))];
  for (const each of [...bodies, ...bytes]) {
    const signatures = sign({ id, timestamp, body: each, secret: [shared, signingKey] });
    assert.equal(sign({ id, timestamp, body: Buffer.from(each), secret: [shared, signingKey] }), signatures);
    assert.ok(accepts(shared, signatures, each) && accepts(publicKey, signatures, Buffer.from(each)));
  }
});

test("of a long list of signatures only the first 32 of each kind are checked", () => {
  const noise = (tag: string, count: number) => Array.from({ length: count }, (_, n) => `${tag},${n}`).join(" ");
  for (const [secret, tag, valid] of [
    [shared, "v1", sign({ id, timestamp, body, secret: shared })],
    [publicKey, "v1a", signature],
  ] as const) {
    assert.ok(accepts(secret, `${noise(tag, 31)} ${valid}`));
    assert.ok(!accepts(secret, `${noise(tag, 32)} ${valid}`));
    const other = tag === "v1" ? "v1a" : "v1";
    assert.ok(accepts(secret, `${noise(other, 100)} ${noise("v2", 100)} ${valid}`));
  }
});

test("a prepared key signs like its text", () => {
  const secret = newSecret(systemRandom);
  assert.equal(sign({ id, timestamp, body, secret: prepareSecret(secret) }), sign({ id, timestamp, body, secret }));
  assert.equal(prepareSecret(publicKey).tag, "v1a");
  assert.equal(prepareSecret(prepareSecret(secret)).tag, "v1");
});

test("a prepared key keeps no slice of the memory that small buffers share", async () => {
  for (const secret of [shared, signingKey, publicKey]) {
    const prepare = () => {
      usePool();
      return prepareSecret(secret);
    };
    prepare();
    const { buffers } = await heldMemory();
    const keys = Array.from({ length: 60 }, prepare);
    const each = ((await heldMemory()).buffers - buffers) / keys.length;
    assert.equal(keys.length, 60);
    assert.ok(each < Buffer.poolSize / 4, `${secret.slice(0, 5)}: ${each} bytes each`);
  }
});
