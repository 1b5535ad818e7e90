// Why an event is not owed: the same verdict as the rule that decides, and the part that decides it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { bindingFor, type Filters, type Subscription } from "../../src/model/subscription.ts";
import { whyNotOwed } from "../../src/model/why-not-owed.ts";
import { subscription } from "../contract/samples.ts";

const event = {
  dialect: "butlr",
  type: "ROOM_OCCUPANCY",
  scopes: { building: "b1", floor: "f1", room: "r1" },
  value: "3",
} as const;
const webhook = (change: Partial<Subscription> = {}): Subscription =>
  subscription(1, { bindings: [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }], filters: null, ...change });

test("names the part of the subscription that leaves the event out", () => {
  const why = (change: Partial<Subscription>) => whyNotOwed(webhook(change), event);
  assert.equal(why({}), null);
  assert.deepEqual(why({ bindings: [] }), { reason: "type" });
  assert.deepEqual(why({ scope: { kind: "building", id: "b2" } }), { reason: "scope" });
  assert.deepEqual(why({ scope: { kind: "tenant", id: "t1" } }), { reason: "scope" });
  assert.deepEqual(why({ filters: { floor_ids: ["f1"], room_ids: ["r2"] } }), { reason: "filter", filter: "room_ids" });
  const five: Filters = { occupancy: { comparison: "gte", value: 5 } };
  assert.deepEqual(why({ filters: five }), { reason: "filter", filter: "occupancy" });
  const door = [{ type: "ROOM_OCCUPANCY", variant: 0, resource: "door_2" }];
  assert.deepEqual(why({ bindings: door }), { reason: "resource" });
});

test("says nothing exactly where the event is owed", () => {
  const ids = (...known: string[]) => fc.option(fc.subarray(known, { minLength: 1 }), { nil: undefined });
  const scope = fc.constantFrom<Subscription["scope"]>(
    { kind: "organization" },
    { kind: "building", id: "b1" },
    { kind: "building", id: "b2" },
  );
  const filters = fc.record({ building_ids: ids("b1", "b2"), room_ids: ids("r1", "r2"), floor_ids: ids("f1", "f2") });
  const bindings = fc.subarray([
    { type: "ROOM_OCCUPANCY", variant: 0, resource: null },
    { type: "ROOM_OCCUPANCY", variant: 0, resource: "door_2" },
    { type: "TRAFFIC", variant: 0, resource: null },
  ]);
  fc.assert(
    fc.property(scope, filters, bindings, (of, wanted, taken) => {
      const one = webhook({ scope: of, filters: wanted as Filters, bindings: taken });
      assert.equal(whyNotOwed(one, event) === null, bindingFor(one, event) !== null);
    }),
  );
});
