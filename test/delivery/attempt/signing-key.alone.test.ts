import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { newSigningKey, prepareSecret, sign, verify } from "../../../receiver/src/index.ts";
import { signingKey } from "../../../src/delivery/attempt/signing-key.ts";
import { heldMemory, usePool } from "../../fixtures/held-memory.ts";

const secretOf = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString("base64")}`;
const body = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.uint8Array());

test("a shared secret signs as Node's own HMAC does, whatever the key, the head and the body", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.string(), body, (key, head, body) => {
      const wanted = createHmac("sha256", key).update(head).update(body).digest("base64");
      assert.equal(signingKey(secretOf(key)).sign!(head, body), wanted);
      assert.equal(prepareSecret(secretOf(key)).sign!(head, body), wanted);
    }),
    {
      examples: [
        [new Uint8Array(24), "", ""],
        [new Uint8Array(64).fill(255), "id.1.", "é€😀"],
        [new Uint8Array(32).fill(0x36), "id.1.", new Uint8Array([0, 255])],
      ],
    },
  );
});

test("a message larger than what is kept ready has the right signature, and so has the next one", () => {
  const key = Buffer.alloc(32, 5);
  const { sign } = signingKey(secretOf(key));
  for (const text of ["é".repeat(100_000), "short", "x".repeat(70_000), "€"]) {
    assert.equal(sign!("id.1.", text), createHmac("sha256", key).update("id.1.").update(text).digest("base64"));
    assert.equal(sign!("id.1.", Buffer.from(text)), sign!("id.1.", text));
  }
});

test("what a shared secret or an ed25519 key signs, the receiver verifies", () => {
  for (const secret of [secretOf(randomBytes(32)), newSigningKey({ bytes: (size) => randomBytes(size) })]) {
    const timestamp = 1_781_691_139;
    const headers = {
      "webhook-id": "event_1",
      "webhook-timestamp": `${timestamp}`,
      "webhook-signature": sign({ id: "event_1", timestamp, body: "{}", secret: signingKey(secret) }),
    };
    verify({ headers, body: "{}", secret, now: timestamp * 1000 });
    assert.throws(() => verify({ headers, body: "{ }", secret, now: timestamp * 1000 }), /signature/i);
  }
});

test("a secret of the wrong length or form is refused as the receiver refuses it", () => {
  for (const secret of [secretOf(new Uint8Array(23)), secretOf(new Uint8Array(65)), "whsec_?", "secret"]) {
    assert.throws(() => signingKey(secret), TypeError, secret);
  }
});

test("a key keeps nothing of the memory that small buffers share", async () => {
  const make = () => {
    usePool();
    return signingKey(secretOf(randomBytes(32)));
  };
  make();
  const { buffers } = await heldMemory();
  const keys = Array.from({ length: 60 }, make);
  const each = ((await heldMemory()).buffers - buffers) / keys.length;
  assert.equal(keys.length, 60);
  assert.ok(each < Buffer.poolSize / 4, `${each} bytes each`);
});
