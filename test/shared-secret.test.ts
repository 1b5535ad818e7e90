import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "./fixtures/properties.ts";
import { prepareSecret } from "../receiver/src/index.ts";
import { sharedSecretForm } from "../src/shared-secret.ts";

/** Whether the signer takes it. */
function signs(secret: string): boolean {
  try {
    return prepareSecret(secret).tag === "v1";
  } catch {
    return false;
  }
}

test("what is taken as a secret is what signs, whatever its length", () => {
  for (let length = 0; length <= 70; length++) {
    const text = `whsec_${Buffer.alloc(length, 0xfb).toString("base64")}`;
    for (const given of [text, text.replaceAll("=", "")]) {
      assert.equal(sharedSecretForm.test(given), length >= 24 && length <= 64, given);
      assert.equal(signs(given), sharedSecretForm.test(given), given);
    }
  }
});

test("no text is taken that the signer throws at", () => {
  const letters = fc.string({ unit: fc.constantFrom(...Array.from("ABQgw0189+/")), minLength: 30, maxLength: 92 });
  const texts = fc.tuple(letters, fc.constantFrom("", "=", "==")).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      const secret = `whsec_${text}`;
      if (sharedSecretForm.test(secret)) assert.ok(signs(secret), secret);
    }),
    { numRuns: 2_000 },
  );
});
