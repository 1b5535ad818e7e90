// Which node owns what, as nodes come, go, stop and are cut off: on a store in memory, with a clock that is set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/log.ts";
import { createMembership, type NodeTimes } from "../../src/nodes/membership.ts";
import { createOwnedSlices, createSliceLookup } from "../../src/nodes/owned.ts";
import { createSlices } from "../../src/nodes/slices.ts";
import type { Service } from "../../src/service.ts";
import type { NewNode, NodeStore } from "../../src/store/nodes.ts";
import { sliceCount } from "../../src/store/shards.ts";
import { createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";

const times: NodeTimes = { renewMs: 5_000, leaseMs: 15_000, certainMs: 10_000, goneMs: 41_000, lookMs: 1_000 };
const random = { fraction: () => 0.5 };

/** Nodes and slices as a database would have them. */
function createTables(clock: SteeredClock) {
  const nodes = new Map<string, NewNode & { renewedAt: number; leaving: boolean }>();
  const slices = new Map<number, string | null>(Array.from({ length: sliceCount }, (_, slice) => [slice, null]));
  const silentMs = (id: string): number => clock.monotonic() - (nodes.get(id)?.renewedAt ?? -Infinity);
  const storeOf = (isAway: () => boolean): NodeStore => {
    const answered = async <Value>(value: () => Value): Promise<Value> => {
      if (isAway()) throw new Error("the database is away");
      return value();
    };
    const store: Pick<NodeStore, "renew" | "cluster" | "claim" | "give" | "leave" | "forget"> = {
      renew: (node) =>
        answered(
          () =>
            void nodes.set(node.id, { leaving: false, ...nodes.get(node.id), ...node, renewedAt: clock.monotonic() }),
        ),
      cluster: () =>
        answered(() => ({
          nodes: [...nodes.values()].map((each) => ({ ...each, silentMs: silentMs(each.id) })),
          slices: [...slices].map(([slice, node]) => ({ slice, node })),
        })),
      claim: (node, wanted, goneMs) =>
        answered(() => {
          const free = wanted.filter((slice) => {
            const of = slices.get(slice) ?? null;
            return of === null || of === node || silentMs(of) > goneMs;
          });
          for (const slice of free) slices.set(slice, node);
          return free;
        }),
      give: (node, given) =>
        answered(() => given.filter((slice) => slices.get(slice) === node).forEach((slice) => slices.set(slice, null))),
      leave: (node) => answered(() => void (nodes.get(node)!.leaving = true)),
      forget: (node) => answered(() => void nodes.delete(node)),
    };
    return store as NodeStore;
  };
  return { nodes, slices, storeOf };
}

interface Owner extends Service {
  readonly slice: number;
  stopped: boolean;
}

function createNode(
  clock: SteeredClock,
  tables: ReturnType<typeof createTables>,
  id: string,
  role = "all" as NewNode["role"],
  start: () => Promise<void> = async () => undefined,
) {
  let isAway = false;
  const store = tables.storeOf(() => isAway);
  const owned = createOwnedSlices<Owner>(createSliceLookup());
  const made: Owner[] = [];
  const shared = { clock, random, log: silentLog };
  const slices = createSlices<Owner>({
    ...shared,
    store,
    node: id,
    times,
    owned,
    make(slice) {
      const owner: Owner = {
        slice,
        stopped: false,
        start,
        stop: async () => void (owner.stopped = true),
      };
      made.push(owner);
      return owner;
    },
    onChanged: () => {},
  });
  const node: NewNode = { id, role, version: "1" };
  const membership = createMembership({
    ...shared,
    store,
    node,
    times,
    onLook: (cluster, begun) => role !== "api" && slices.follow(cluster, begun),
    onCertain: () => {},
  });
  return {
    id,
    made,
    membership,
    owns: () => [...owned.all()].filter(({ stopped }) => !stopped).map(({ slice }) => slice),
    cutOff: (is: boolean) => (isAway = is),
    async stop() {
      await store.leave(id);
      await slices.stop();
      await membership.stop();
    },
  };
}

const allOnce = (nodes: readonly { owns(): readonly number[] }[]): void => {
  const owned = nodes.flatMap((node) => node.owns()).toSorted((one, other) => one - other);
  assert.deepEqual(
    owned,
    Array.from({ length: sliceCount }, (_, slice) => slice),
  );
};

test("slices are shared out among nodes that come, go in order, and are cut off; no slice has two owners that may start something", async () => {
  const clock = createSteeredClock();
  const tables = createTables(clock);
  const one = createNode(clock, tables, "one");
  await one.membership.start();
  await clock.pass(2_000);
  allOnce([one]);

  const [other, api] = [createNode(clock, tables, "other"), createNode(clock, tables, "api", "api")];
  await other.membership.start();
  await api.membership.start();
  await clock.pass(4_000);
  allOnce([one, other]);
  assert.deepEqual([one.owns().length, other.owns().length, api.owns().length], [16, 16, 0]);

  const third = createNode(clock, tables, "third");
  await third.membership.start();
  await clock.pass(4_000);
  allOnce([one, other, third]);
  assert.ok(third.owns().length >= 10);

  await third.stop();
  await clock.pass(4_000);
  allOnce([one, other]);

  // Cut off, it goes on for ten seconds; its slices have another owner only when all that it began has ended.
  other.cutOff(true);
  await clock.pass(4_000);
  assert.ok(other.membership.isCertain());
  await clock.pass(12_000);
  assert.equal(other.membership.isCertain(), false);
  assert.equal(one.owns().length, 16);
  await clock.pass(20_000);
  assert.equal(one.owns().length, 16);
  await clock.pass(12_000);
  allOnce([one]);

  other.cutOff(false);
  await clock.pass(6_000);
  assert.ok(other.membership.isCertain());
  allOnce([one, other]);
  await one.stop();
  await clock.pass(3_000);
  allOnce([other]);
});

test("an owner that could not begin is ended, so that nobody waits for it, and another one is made", async () => {
  const clock = createSteeredClock();
  let failures = sliceCount;
  const node = createNode(clock, createTables(clock), "one", "all", async () => {
    if (failures-- > 0) throw new Error("the database is away");
  });
  await node.membership.start();
  for (let second = 0; second < 5; second++) await clock.pass(1_000);
  assert.equal(node.made.length, 2 * sliceCount);
  assert.ok(node.made.slice(0, sliceCount).every(({ stopped }) => stopped));
  assert.ok(node.made.slice(sliceCount).every(({ stopped }) => !stopped));
});
