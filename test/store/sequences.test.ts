// Numbers of lanes over rollbacks, starts and pruning: none is given twice, none is left out, and each is found by its event.

import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";
import { createDeliveriesByLane } from "../../src/store/sqlite/statements/deliveries-by-lane.ts";
import { createEngineContext } from "../../src/store/sqlite/statements/engine-context.ts";
import type { Tally } from "../../src/store/sqlite/statements/prune-step.ts";
import { createPruneRuns } from "../../src/store/sqlite/statements/sequence-runs.ts";
import { createSequences } from "../../src/store/sqlite/statements/sequences.ts";

const small = { slice: 7, portion: 3 };
const runLength = 4;
const lanes = [1, 2, 3];
const migrations = readMigrations(migrationsDirectory);

type Step =
  | { readonly kind: "owe"; readonly lanes: readonly number[] }
  | { readonly kind: "settle" | "rollback" | "restart" | "prune" }
  | { readonly kind: "again"; readonly lane: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("owe" as const),
      lanes: fc.uniqueArray(fc.constantFrom(...lanes), { minLength: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("again" as const), lane: fc.constantFrom(...lanes) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "settle" as const,
        "settle" as const,
        "rollback" as const,
        "restart" as const,
        "prune" as const,
      ),
    }),
  },
);

/** What the engine of the store is in this test. */
function open(database: DatabaseSync) {
  const context = createEngineContext(database);
  const byLane = createDeliveriesByLane(context, small, runLength);
  return { context, byLane, sequences: createSequences(context), pruneRuns: createPruneRuns(context) };
}

function insert({ context }: ReturnType<typeof open>, event: number, lane: number, sequence: number | null): void {
  const number = ++context.last.delivery;
  context.database
    .prepare("insert into delivery values (?, 1, ?, ?, 0, 0, 0, 0, 1, 0, 0, ?)")
    .run(number, event, lane, sequence);
}

/** The first delivery ends, and leaves its attempt. */
function settleFirst({ context }: ReturnType<typeof open>): void {
  const row = context.database.prepare("select * from delivery order by number limit 1").get();
  if (row === undefined) return;
  context.database
    .prepare("insert into attempt values (?, 1, 1, ?, ?, 0, 0, 0, 0, 0, null, null, null, 0, 0, ?)")
    .run(row["number"]!, row["event"]!, row["lane"]!, row["sequence"]!);
  context.database.prepare("delete from delivery where number = ?").run(row["number"]!);
}

/** The first half of all deliveries goes, whatever they are. Returns the last event of them. */
function prune({ context, byLane, pruneRuns }: ReturnType<typeof open>): number {
  byLane.complete();
  const upTo = Math.floor(context.last.delivery / 2);
  const { database } = context;
  const last = database
    .prepare(
      "select max(event) as last from (select event from delivery where number <= :upTo and sequence > 0 union all select event from attempt where delivery <= :upTo and sequence > 0)",
    )
    .get({ upTo });
  database.prepare("delete from delivery where number <= ?").run(upTo);
  database.prepare("delete from attempt where delivery <= ?").run(upTo);
  database.prepare("delete from delivery_by_lane where delivery <= ?").run(upTo);
  context.setMeta("last_delivery", context.last.delivery);
  pruneRuns({} as never, {} as Tally);
  return Number(last?.["last"] ?? 0);
}

test("no number is given twice or left out, and each is found by its event, over rollbacks, starts and pruning", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const database = openDatabase(":memory:");
      migrate(database, migrations, 0);
      for (const lane of lanes) {
        database
          .prepare(
            "insert into subscription (number, organization, id, state, record) values (?, 1, ?, 'active', '{}')",
          )
          .run(lane, `s${lane}`);
      }
      let engine = open(database);
      /** Lane → event → number. */
      const given = new Map(lanes.map((lane) => [lane, new Map<number, number>()]));
      let event = 0;
      let pruned = 0;
      for (const each of steps) {
        database.exec("begin");
        if (each.kind === "owe") {
          event++;
          for (const lane of each.lanes) {
            const number = engine.sequences.next(lane);
            assert.equal(number, given.get(lane)!.size + 1, `lane ${lane}`);
            given.get(lane)!.set(event, number);
            insert(engine, event, lane, number);
          }
        } else if (each.kind === "again") {
          const known = [...given.get(each.lane)!].filter(([one]) => one > pruned);
          const sequenceOf = engine.sequences.lookUp();
          for (const [one, number] of known) assert.equal(sequenceOf(each.lane, one), number, `event ${one}`);
          assert.equal(sequenceOf(each.lane, event + 1), null);
          const [first] = known;
          insert(engine, first?.[0] ?? 1, each.lane, first === undefined ? null : -first[1]);
        } else if (each.kind === "settle") settleFirst(engine);
        else if (each.kind === "prune") pruned = Math.max(pruned, prune(engine));
        else if (each.kind === "rollback") {
          for (const lane of lanes) insert(engine, event + 1, lane, engine.sequences.next(lane));
        }
        engine.byLane.extend();
        if (each.kind === "rollback") {
          database.exec("rollback");
          engine.context.reset();
          engine.sequences.reset();
          engine.byLane.reset();
        } else database.exec("commit");
        if (each.kind === "restart") engine = open(database);
      }
      for (const lane of lanes) assert.equal(engine.sequences.last(lane), given.get(lane)!.size);
      database.close();
    }),
    { numRuns: 150 },
  );
});

test("a lane of a removed subscription leaves no run behind, and any other keeps its last one", () => {
  const database = openDatabase(":memory:");
  migrate(database, migrations, 0);
  const add = database.prepare(
    "insert into subscription (number, organization, id, state, record, removed_at) values (?, 1, ?, 'active', '{}', ?)",
  );
  add.run(1, "here", null);
  add.run(2, "removed", 5);
  const engine = open(database);
  for (let event = 1; event <= 30; event++) {
    for (const lane of [1, 2]) insert(engine, event, lane, engine.sequences.next(lane));
    for (const _ of [1, 2]) settleFirst(engine);
  }
  engine.byLane.complete();
  database.exec("delete from attempt");
  engine.pruneRuns({} as never, {} as Tally);
  const left = database.prepare("select lane, last from sequence_run").all();
  assert.deepEqual(
    left.map(({ lane, last }) => [lane, last]),
    [[1, 30]],
  );
});
