import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { hmacSha256 } from "../../receiver/src/hmac.ts";
import { heldMemory, usePool } from "../fixtures/held-memory.ts";

const body = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.uint8Array());

test("the code is that of Node's own HMAC, for every key that fits into a block", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), body, (key, head, body) => {
      const wanted = createHmac("sha256", key).update(head).update(body).digest("base64");
      assert.equal(hmacSha256(key)(head, body), wanted);
    }),
  );
});

test("a message larger than what is kept ready has the right code, and so has the next one", () => {
  const key = Buffer.alloc(32, 5);
  const code = hmacSha256(key);
  for (const text of ["é".repeat(100_000), "short", "x".repeat(70_000), "€"]) {
    assert.equal(code("id.1.", text), createHmac("sha256", key).update("id.1.").update(text).digest("base64"));
    assert.equal(code("id.1.", Buffer.from(text)), code("id.1.", text));
  }
});

test("a key that does not fit is refused", () => {
  assert.throws(() => hmacSha256(new Uint8Array(65)), TypeError);
});

test("a key keeps nothing of the memory that small buffers share", async () => {
  const make = () => {
    usePool();
    return hmacSha256(randomBytes(32));
  };
  make();
  const { buffers } = await heldMemory();
  const codes = Array.from({ length: 60 }, make);
  const each = ((await heldMemory()).buffers - buffers) / codes.length;
  assert.equal(codes.length, 60);
  assert.ok(each < Buffer.poolSize / 4, `${each} bytes each`);
});
