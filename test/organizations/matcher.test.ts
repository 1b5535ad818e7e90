import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { compileMatcher } from "../../src/organizations/matcher.ts";
import type { Event, Scopes } from "../../src/model/event.ts";
import { bindingFor, type Filters, type Subscription, type SubscriptionScope } from "../../src/model/subscription.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

type Matched = Pick<Event, "dialect" | "type" | "scopes" | "value">;

const few = (prefix: string) => fc.integer({ min: 0, max: 3 }).map((n) => `${prefix}${n}`);
const dialect = fc.constantFrom("butlr" as const, "butterflymx" as const);
const type = fc.constantFrom("TRAFFIC", "ROOM_OCCUPANCY", "access_log.create", "call.create");
const scope: fc.Arbitrary<SubscriptionScope> = fc.oneof(
  fc.constant({ kind: "organization" as const }),
  few("building").map((id) => ({ kind: "building" as const, id })),
  few("tenant").map((id) => ({ kind: "tenant" as const, id })),
);
const filters: fc.Arbitrary<Filters | null> = fc.option(
  fc.record(
    {
      floor_ids: fc.array(few("floor"), { maxLength: 2 }),
      room_ids: fc.array(few("room"), { maxLength: 2 }),
      occupancy: fc.record({ comparison: fc.constantFrom("gt", "lte", "ne"), value: fc.nat(4) }),
    },
    { requiredKeys: [] },
  ),
);
const subscriptions: fc.Arbitrary<Subscription[]> = fc
  .array(
    fc.record({
      dialect,
      scope,
      filters,
      bindings: fc.array(fc.record({ type, variant: fc.nat(3), resource: fc.option(few("door")) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((changes, index) => makeSubscription({ ...changes, number: index + 1 })));
const scopes: fc.Arbitrary<Scopes> = fc.record(
  {
    building: few("building"),
    floor: few("floor"),
    room: few("room"),
    resource: few("door"),
    tenants: fc.array(few("tenant"), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const value = fc.constantFrom(null, "0", "3", "7.5", '{"local":[],"world":[]}');
const event: fc.Arbitrary<Matched> = fc.record({ dialect, type, scopes, value });

test("a compiled matcher finds exactly the subscriptions that the rule for one subscription accepts, each once", () => {
  fc.assert(
    fc.property(subscriptions, event, (all, happened) => {
      const expected = all.flatMap((subscription) => {
        const binding = bindingFor(subscription, happened);
        return binding === null ? [] : [`${subscription.number} ${binding.variant}`];
      });
      const found = compileMatcher(all)
        .match(happened)
        .map(({ subscription, binding }) => `${subscription.number} ${binding.variant}`);
      assert.deepEqual(found.toSorted(), expected.toSorted());
    }),
    {
      numRuns: 500,
      examples: [
        // A tenant that is named twice, a building and a tenant of one id, and two bindings of one type.
        [
          [
            makeSubscription({ number: 1, scope: { kind: "tenant", id: "x" } }),
            makeSubscription({ number: 2, scope: { kind: "building", id: "x" } }),
            makeSubscription({
              number: 3,
              bindings: [
                { type: "TRAFFIC", variant: 1, resource: "door9" },
                { type: "TRAFFIC", variant: 2, resource: null },
              ],
            }),
          ],
          { dialect: "butlr", type: "TRAFFIC", scopes: { tenants: ["x", "x"], resource: "door1" }, value: null },
        ],
      ],
    },
  );
});

test("a matcher wants a type exactly while some subscription binds it", () => {
  const matcher = compileMatcher([makeSubscription({ bindings: [{ type: "TRAFFIC", variant: 0, resource: null }] })]);
  assert.equal(matcher.wants("butlr", "TRAFFIC"), true);
  assert.equal(matcher.wants("butlr", "DETECTIONS"), false);
  assert.equal(matcher.wants("butterflymx", "TRAFFIC"), false);
});

test("an event that lacks a key named in the filters does not match", () => {
  const matcher = compileMatcher([makeSubscription({ filters: { zone_ids: ["zone_1"] } })]);
  assert.equal(
    matcher.match({ dialect: "butlr", type: "TRAFFIC", scopes: { floor: "space_1" }, value: null }).length,
    0,
  );
});

test("a subscription that binds one event twice takes it once, under the first binding that fits", () => {
  const bindings = [
    { type: "access_log.create", variant: 2, resource: "door9" },
    { type: "access_log.create", variant: 1, resource: null },
    { type: "access_log.create", variant: 0, resource: null },
  ];
  const matcher = compileMatcher([makeSubscription({ dialect: "butterflymx", bindings })]);
  const found = matcher.match({
    dialect: "butterflymx",
    type: "access_log.create",
    scopes: { resource: "door1" },
    value: null,
  });
  assert.deepEqual(
    found.map(({ binding }) => binding.variant),
    [1],
  );
});

test("an occupancy filter compares counts, and lets pass what counts nobody", () => {
  const takes = (filters: Filters, value: string | null) =>
    bindingFor(makeSubscription({ filters, bindings: [{ type: "T", variant: 0, resource: null }] }), {
      dialect: "butlr",
      type: "T",
      scopes: { room: "room_1" },
      value,
    }) !== null;
  for (const [comparison, taken] of [
    ["gt", ["6", "10.5"]],
    ["gte", ["5", "6", "10.5"]],
    ["lt", ["-1", "0", "4"]],
    ["lte", ["-1", "0", "4", "5"]],
    ["eq", ["5"]],
    ["ne", ["-1", "0", "4", "6", "10.5"]],
  ] as const) {
    const filters = { occupancy: { comparison, value: 5 } };
    const found = ["-1", "0", "4", "5", "6", "10.5"].filter((value) => takes(filters, value));
    assert.deepEqual(found, taken, comparison);
    for (const value of [null, '{"local":[],"world":[]}', '"online"']) assert.equal(takes(filters, value), true);
    assert.equal(takes({ ...filters, room_ids: ["room_2"] }, taken[0]), false, "places count as before");
  }
});
