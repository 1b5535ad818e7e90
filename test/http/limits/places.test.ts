import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, createPlaces } from "../../../src/http/limits/places.ts";

const busy = () => false;
const idle = () => true;

test("the address with most connections without a key gives way, its oldest first", () => {
  const places = createPlaces<string>();
  for (const name of ["a1", "a2", "a3"]) places.add(name, "a");
  for (const name of ["b1", "b2", "b3", "b4"]) places.add(name, "b");
  for (const name of ["b1", "b2"]) places.known(name);
  assert.equal(places.mostDispensable(busy), "a1");
  places.remove("a1");
  places.remove("a2");
  assert.equal(places.mostDispensable(busy), "b3");
});

test("where no address has several without a key, an idle one of the largest gives way", () => {
  const places = createPlaces<string>();
  assert.deepEqual([places.add("a1", "a"), places.add("b1", "b"), places.add("b2", "b")], [1, 1, 2]);
  for (const name of ["b1", "b2"]) places.known(name);
  assert.equal(
    places.mostDispensable((name) => name === "b2"),
    "b2",
  );
  assert.equal(places.mostDispensable(busy), null);
  places.remove("b1");
  assert.equal(places.mostDispensable(idle), null);
});

test("an address that has ended is forgotten", () => {
  const places = createPlaces<string>();
  places.add("a1", "a");
  places.remove("a1");
  places.remove("a1");
  places.known("a1");
  assert.equal(places.add("a2", "a"), 1);
});

test("of IPv6 the first 64 bits count as one address", () => {
  const same = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2:3:4:5:6"].map(addressOf);
  assert.deepEqual([...new Set(same)], ["2001:db8:1:2::/64"]);
  assert.equal(addressOf("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(addressOf("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(addressOf("::1"), "0:0:0:0::/64");
  assert.equal(addressOf("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  assert.equal(addressOf("192.0.2.1"), "192.0.2.1");
});
