// The list of deliveries by lane grows behind the work: what it says it reaches is all there, lane by lane.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { createEngineContext } from "../../src/store/sqlite/statements/engine-context.ts";
import { createDeliveriesByLane } from "../../src/store/sqlite/statements/deliveries-by-lane.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";

const small = { slice: 5, portion: 2 };
const migrations = readMigrations(migrationsDirectory);

type Step =
  | { readonly kind: "owe"; readonly lanes: readonly number[] }
  | { readonly kind: "settle" | "rollback" | "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("owe" as const),
      lanes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("settle" as const, "rollback" as const, "restart" as const) }),
  },
);

test("the list holds every delivery up to where it says it reaches, and goes on after a rollback or a start", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const database = openDatabase(":memory:");
      migrate(database, migrations, 0);
      let desk = createEngineContext(database);
      let log = createDeliveriesByLane(desk, small);
      const laneOf = new Map<number, number>();
      const owe = (lanes: readonly number[]) => {
        database.exec("begin");
        const made = lanes.map((lane) => {
          const number = ++desk.last.delivery;
          database.prepare("insert into delivery values (?, 1, 1, ?, 1, 0, 0, 0, 0, 0, 0, null)").run(number, lane);
          return [number, lane] as const;
        });
        log.extend();
        return made;
      };
      for (const each of steps) {
        if (each.kind === "owe") {
          for (const [number, lane] of owe(each.lanes)) laneOf.set(number, lane);
          database.exec("commit");
        } else if (each.kind === "rollback") {
          owe([1, 2, 3]);
          database.exec("rollback");
          desk.reset();
          log.reset();
        } else if (each.kind === "restart") {
          desk = createEngineContext(database);
          log = createDeliveriesByLane(desk, small);
        } else {
          // A delivery that ends leaves its attempt.
          const first = database.prepare("select number, lane from delivery order by number limit 1").get();
          if (first === undefined) continue;
          database
            .prepare("insert into attempt values (?, 1, 1, 1, ?, 1, 0, 0, 0, 0, null, null, null, 0, 0, null)")
            .run(first["number"]!, first["lane"]!);
          database.prepare("delete from delivery where number = ?").run(first["number"]!);
        }
        const reached = Number(desk.meta("delivery_by_lane") ?? 0);
        const listed = database
          .prepare("select delivery, lane from delivery_by_lane where delivery <= ? order by 1")
          .all(reached);
        assert.deepEqual(
          listed.map(({ delivery, lane }) => [delivery, lane]),
          [...laneOf].filter(([number]) => number <= reached),
        );
        assert.ok(desk.last.delivery - reached <= 3 * small.slice, `${desk.last.delivery - reached} behind`);
      }
      database.exec("begin");
      log.complete();
      database.exec("commit");
      database.close();
    }),
    { numRuns: 200 },
  );
});
