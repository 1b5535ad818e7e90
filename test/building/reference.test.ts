import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, numberedMethod, numberIn, numberOrNull } from "../../src/building/reference.ts";
import { north } from "../dialects/butterflymx/place.ts";

test("a record named by its own id becomes the integer that the vendor's clients expect", () => {
  assert.equal(numberIn(north.accessPoints, "front"), 22177636);
  assert.equal(numberIn(north.buildings, "building_1"), 577696272);
  assert.equal(numberOrNull(north.tenants, "duncan"), 377389742);
  assert.equal(numberOrNull(north.units, null), null);
  assert.equal(numberOrNull(north.units, undefined), null);
});

test("a record named by its number keeps the number, written as digits too", () => {
  assert.equal(numberIn(north.accessPoints, 22177636), 22177636);
  assert.equal(numberIn(north.accessPoints, "22177636"), 22177636);
});

test("a record that the model does not know keeps the reference it was given, digits as an integer", () => {
  assert.equal(numberIn(north.accessPoints, "shed"), "shed");
  assert.equal(numberIn(north.accessPoints, "815"), 815);
  assert.deepEqual(
    [integer("0"), integer("007"), integer("1".repeat(16)), integer("-1")],
    [0, "007", "1".repeat(16), "-1"],
  );
});

test("the keychain of an entry becomes a number, other methods stay as they are", () => {
  assert.deepEqual(numberedMethod({ keychain: "pass" }, north), { keychain: 254331397 });
  assert.deepEqual(numberedMethod({ access_tool: "badge" }, north), { access_tool: "badge" });
  assert.equal(numberedMethod("Swipe to open", north), "Swipe to open");
  assert.equal(numberedMethod(null, north), null);
});
