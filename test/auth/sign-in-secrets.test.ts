import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecrets } from "../../src/auth/sign-in-secrets.ts";
import { systemRandom } from "../../src/clock.ts";

const secrets = createSecrets(new Uint8Array(32).fill(1), systemRandom);

test("a code and a refresh token are letters and digits that begin with the id of their sign-in", () => {
  const id = secrets.newId();
  const code = secrets.next(id, "code");
  assert.match(code.text, /^[0-9A-Za-z]{65}$/);
  assert.equal(secrets.idOf(code.text), id);
  for (const text of ["", code.text.slice(1), `${code.text}0`, `${code.text}\n`, code.text.replace(/.$/, "-")]) {
    assert.equal(secrets.idOf(text), null);
  }
});

test("what is kept follows from the text, its use and the key, and from nothing else", () => {
  const { text, hash } = secrets.next(secrets.newId(), "code");
  assert.deepEqual(secrets.hash("code", text), hash);
  assert.notDeepEqual(secrets.hash("refresh", text), hash);
  const other = createSecrets(new Uint8Array(32).fill(2), systemRandom);
  assert.notDeepEqual(other.hash("code", text), hash);
});
