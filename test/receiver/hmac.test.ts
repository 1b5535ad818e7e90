import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { sharedKey } from "../../receiver/src/hmac.ts";
import { heldMemory, usePool } from "../fixtures/held-memory.ts";

test("a key keeps nothing of the memory that small buffers share", async () => {
  const make = () => {
    usePool();
    return sharedKey(randomBytes(32));
  };
  make();
  const { buffers } = await heldMemory();
  const codes = Array.from({ length: 60 }, make);
  const each = ((await heldMemory()).buffers - buffers) / codes.length;
  assert.equal(codes.length, 60);
  assert.ok(each < Buffer.poolSize / 4, `${each} bytes each`);
});
