import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { normalMac } from "../../src/building/mac.ts";

test("one address is the same in every spelling", () => {
  for (const text of [
    "00:15:8d:00:01:a2:b3:c4",
    "00-15-8D-00-01-A2-B3-C4",
    "0015.8d00.01a2.b3c4",
    "00158d0001a2b3c4",
    "0x00158d0001a2b3c4",
    "0X00158D0001A2B3C4",
    "0x158d0001a2b3c4",
    " 00158D0001A2B3C4\n",
    "00 15 8d 00 01 a2 b3 c4",
    "0:15:8d:0:1:a2:b3:c4",
    "15.8d00.1a2.b3c4",
  ]) {
    assert.equal(normalMac(text), "00-15-8d-00-01-a2-b3-c4", text);
  }
  for (const text of ["08:00:2B:0D:0E:0F", "8:0:2b:d:e:f", "0x08002b0d0e0f", "0x8002b0d0e0f", "800.2b0d.e0f"]) {
    assert.equal(normalMac(text), "08-00-2b-0d-0e-0f", text);
  }
});

test("what is too short, too long or no address at all is none", () => {
  for (const text of [
    "",
    "0x",
    "0x1",
    "0x2b0d0e0f",
    "sensor_1",
    "1:2:3:4:5",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:g",
    "001:2:3:4:5:6",
    "00158d0001a2b3",
    "00158d0001a2b3c4d5",
    "1:2::4:5:6",
    "1.2",
    ":".repeat(100_000),
  ]) {
    assert.equal(normalMac(text), null, text.slice(0, 40));
  }
});

test("every address comes back from any separator, with and without leading zeros", () => {
  const bytes = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 }),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 8, maxLength: 8 }),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom(":", "-", " "), fc.boolean(), (values, separator, bare) => {
      const kept = values.map((value) => value.toString(16).padStart(2, "0")).join("-");
      const written = values.map((value) => value.toString(16).padStart(bare ? 1 : 2, "0")).join(separator);
      assert.equal(normalMac(written), kept);
      assert.equal(normalMac(written.toUpperCase()), kept);
      assert.equal(normalMac(`0x${kept.replaceAll("-", "")}`), kept);
      assert.equal(normalMac(kept), kept);
    }),
  );
});
