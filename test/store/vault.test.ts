import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createVault, open, seal } from "../../src/store/vault.ts";

const key = new Uint8Array(32).fill(1);
const place = { organization: "org_one", table: "subscription", row: "7", column: "secrets" };

test("what is sealed opens again, and never looks the same twice", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (plain) => {
      const sealed = seal(key, place, plain);
      assert.deepEqual(new Uint8Array(open(key, place, sealed)), plain);
      assert.notDeepEqual(seal(key, place, plain), sealed);
    }),
  );
});

test("a sealed value with any bit turned does not open", () => {
  const sealed = seal(key, place, Buffer.from("whsec_secret"));
  fc.assert(
    fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
      const touched = Uint8Array.from(sealed);
      touched[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => open(key, place, touched), /does not open|form that this Belfry does not know/);
    }),
  );
});

test("a sealed value opens only in its own place and with its own key", () => {
  const sealed = seal(key, place, Buffer.from("whsec_secret"));
  for (const moved of [{ organization: "org_two" }, { table: "key" }, { row: "8" }, { column: "other" }]) {
    assert.throws(() => open(key, { ...place, ...moved }, sealed), /does not open/);
  }
  assert.throws(() => open(new Uint8Array(32).fill(2), place, sealed), /does not open/);
  assert.throws(() => open(key, place, sealed.subarray(0, 20)), /does not know/);
});

test("a data key opens only for its organization and under its master key", () => {
  const vault = createVault(key);
  const wrapped = vault.makeDataKey("org_one");
  assert.equal(vault.openDataKey("org_one", wrapped).length, 32);
  assert.throws(() => vault.openDataKey("org_two", wrapped));
  assert.throws(() => createVault(new Uint8Array(32)).openDataKey("org_one", wrapped));
});

test("the check tells master keys apart, and its name tells nothing of the key", () => {
  const vault = createVault(key);
  const other = createVault(new Uint8Array(32).fill(2));
  assert.equal(vault.opensCheck(vault.makeCheck()), true);
  assert.equal(other.opensCheck(vault.makeCheck()), false);
  assert.notEqual(vault.keyId, other.keyId);
  assert.match(vault.keyId, /^[0-9a-f]{12}$/);
  assert.throws(() => createVault(new Uint8Array(31)));
});
