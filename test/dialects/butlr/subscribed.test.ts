// Which webhooks hear of which events: filters and send_on_value_change against a plain reference, over random events, edits
// and restarts of the store.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { Dialect } from "../../../src/dialects/dialect.ts";
import { filtersOf } from "../../../src/dialects/butlr/filters.ts";
import { read } from "../../../src/dialects/butlr/read.ts";
import { acceptEvents } from "../../../src/ingest/events/accept-events.ts";
import { openTestStore } from "../../fixtures/test-store.ts";
import { operator } from "../../ingest/fixture.ts";
import { liveOrganizations } from "../../fixtures/live-organizations.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";

/** Types of the first webhook and of the second: one type has one webhook. */
const typesOf = [["ROOM_OCCUPANCY", "TRAFFIC"], ["ROOM_OCCUPANCY_1MIN"]] as const;
const macs = ["00:15:8d:00:00:01", "00-15-8D-00-00-02", "00158d000001"];
const plainMac = (mac: string) => mac.toLowerCase().replaceAll(/[^0-9a-f]/g, "");

const some = (values: readonly string[]) => fc.option(fc.subarray([...values]), { nil: undefined });
const filters = fc.option(
  fc.record(
    {
      org_ids: some(["org_1", "org_other"]),
      floor_ids: some(["floor_1", "floor_2"]),
      room_ids: some(["room_1", "room_2"]),
      mac_addresses: some(macs),
      occupancy: fc.option(
        fc.record({ comparison: fc.constantFrom("gt", "gte", "lt", "lte", "eq", "ne"), value: fc.nat(3) }),
        { nil: undefined },
      ),
    },
    { requiredKeys: [] },
  ),
);
type WireFilters = typeof filters extends fc.Arbitrary<infer Value> ? Value : never;

const event = fc.record({
  type: fc.constantFrom("ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN", "TRAFFIC"),
  floor: fc.constantFrom("floor_1", "floor_2", undefined),
  room: fc.constantFrom("room_1", "room_2"),
  mac: fc.constantFrom(...macs, undefined),
  count: fc.nat(3),
});
type Happened = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

const webhook = fc.record({ filters, onChange: fc.boolean() });
const step = fc.oneof(
  { weight: 12, arbitrary: event.map((event) => ({ event })) },
  { weight: 1, arbitrary: fc.constant({ restart: true as const }) },
  { weight: 1, arbitrary: fc.record({ edit: fc.nat(1), to: webhook }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** As butlr.md §5.5 says it, without an index, a compiled form or a table. */
function passes(given: WireFilters, { type, floor, room, mac, count }: Happened): boolean {
  const { org_ids, floor_ids, room_ids, mac_addresses, occupancy } = given ?? {};
  const names = (list: readonly string[] | undefined, value: string | undefined) =>
    list === undefined || list.length === 0 || (value !== undefined && list.includes(value));
  if (!names(org_ids, "org_1") || !names(floor_ids, floor) || !names(room_ids, room)) return false;
  if (!names(mac_addresses?.map(plainMac), mac && plainMac(mac))) return false;
  if (occupancy === undefined || type === "TRAFFIC") return true;
  const difference = count - occupancy.value;
  switch (occupancy.comparison) {
    case "gt":
      return difference > 0;
    case "gte":
      return difference >= 0;
    case "lt":
      return difference < 0;
    case "lte":
      return difference <= 0;
    default:
      return (difference === 0) === (occupancy.comparison === "eq");
  }
}

const bodyOf = (id: string, { type, floor, room, mac, count }: Happened) => ({
  id,
  type,
  timestamp: 1_760_000_000_000,
  metadata: { org_id: "org_1", floor_id: floor, room_id: room, sensor_id: `sensor_of_${room}`, mac_address: mac },
  data: type === "TRAFFIC" ? { in: count, out: 0 } : count,
});

const everything = { filters: null, onChange: false };
const changes = { filters: null, onChange: true };
const counted = (count: number) => ({
  event: { type: "ROOM_OCCUPANCY" as const, floor: undefined, room: "room_1" as const, mac: undefined, count },
});
const examples: [[typeof everything, typeof everything], Step[]][] = [
  // Every comparison at its edge, and every filter beside it.
  ...(["gt", "gte", "lt", "lte", "eq", "ne"] as const).map(
    (comparison) =>
      [
        [{ filters: { occupancy: { comparison, value: 2 } }, onChange: false }, everything],
        [1, 2, 3].map(counted),
      ] as never,
  ),
  // Whoever begins to take other events hears the value again; whoever changes nothing does not.
  [
    [changes, everything],
    [
      counted(1),
      { edit: 0, to: { filters: { room_ids: ["room_1"] }, onChange: true } },
      counted(1),
      { edit: 0, to: { filters: { room_ids: ["room_1"] }, onChange: true } },
      counted(1),
      { restart: true },
      counted(1),
    ],
  ],
];

test("a webhook hears of exactly the events that its filters let through and, where it wants changes, whose value changed", async () => {
  const clock = createSteeredClock();
  const masterKey = new Uint8Array(32).fill(3);
  const dialect = { name: "butlr", read, variant: () => 0 } as unknown as Dialect;
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(webhook, webhook),
      fc.array(step, { minLength: 1, maxLength: 40 }),
      async (made, steps) => {
        const directory = mkdtempSync(join(tmpdir(), "belfry-subscribed-"));
        const hooks = [...made];
        const heard: string[] = [];
        const expected: string[] = [];
        const last = new Map<string, number>();
        const open = async () => {
          const store = await openTestStore({ directory, masterKey, clock });
          const live = liveOrganizations(store.registry, clock);
          await live.organizations.loadAll();
          return { store, ...live };
        };
        let house = await open();
        const entry = { at: 0, actor: "test", action: "test", object: "test", detail: null };
        const put = (index: number) => {
          const { filters, onChange } = hooks[index]!;
          const bindings = typesOf[index]!.map((type) => ({ type, variant: 0, resource: null }));
          const options = { filters: filtersOf(filters), sendOnValueChange: onChange, bindings };
          const subscription = makeSubscription({ number: index + 1, ...options });
          return house.registry.change({ organization: "org_1", revision: null, put: [subscription], audit: [entry] });
        };
        try {
          await house.registry.ensureOrganization("org_1", "One", entry);
          for (const index of [0, 1]) await put(index);
          for (const [number, step] of steps.entries()) {
            if ("restart" in step) {
              await house.store.close();
              house = await open();
            } else if ("edit" in step) {
              const before = JSON.stringify([filtersOf(hooks[step.edit]!.filters), hooks[step.edit]!.onChange]);
              hooks[step.edit] = step.to;
              await put(step.edit);
              // Whoever begins to take other events hears the next value of everything.
              if (JSON.stringify([filtersOf(step.to.filters), step.to.onChange]) === before) continue;
              for (const key of last.keys())
                if (typesOf[step.edit]!.some((type) => key.startsWith(`${type} `))) last.delete(key);
            } else {
              const value = bodyOf(`event_${number}`, step.event);
              const item = { text: JSON.stringify(value), value: JSON.parse(JSON.stringify(value)) as unknown };
              const { accepted } = await acceptEvents(
                {
                  ledger: house.store.ledger,
                  organizations: house.organizations,
                  createOrganization: () => assert.fail("it is there"),
                  enqueuer: {
                    reserve: () => true,
                    release: () => {},
                    enqueue: ({ lane, event }) => void heard.push(`${event.id} ${lane}`),
                    readLater: () => {},
                  },
                  place: house.place,
                  now: () => clock.now(),
                  newEventId: () => assert.fail("it has one"),
                },
                dialect,
                [item],
                { organization: null, building: null, unit: null, tenant: null },
                operator,
              );
              assert.equal(accepted, 1);
              const { type, room, count } = step.event;
              for (const [index, { filters, onChange }] of hooks.entries()) {
                if (!typesOf[index]!.some((one) => one === type) || !passes(filters, step.event)) continue;
                const key = `${type} ${room}`;
                if (onChange && type !== "TRAFFIC" && last.get(key) === count) continue;
                if (onChange) last.set(key, count);
                expected.push(`event_${number} ${index + 1}`);
              }
            }
          }
          assert.deepEqual(heard, expected);
        } finally {
          await house.store.close();
          rmSync(directory, { recursive: true });
        }
      },
    ),
    { numRuns: 25, examples },
  );
});
