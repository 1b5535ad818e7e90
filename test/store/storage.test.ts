// What each class costs on the disk: the estimate beside what SQLite counts.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import {
  addOrganization,
  event,
  minute,
  noon,
  observation,
  owed,
  progress,
  put,
  settlement,
  subscription,
} from "../contract/samples.ts";

const masterKey = new Uint8Array(32).fill(7);

test("rows are told within a tenth and bytes within a third, of all and of one organization", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "belfry-storage-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const store = await openSqliteInProcess({ directory, masterKey, clock: systemClock });
  const names = ["org_one", "org_two"] as const;
  const { epoch } = await store.ledger.acquire(noon, 0);
  for (const [index, id] of names.entries()) {
    await addOrganization(store.registry, id);
    await put(store.registry, id, subscription(index + 1, { organization: id, id: `webhook_${index + 1}` }));
  }
  const scopes = JSON.stringify({ building: "building_1", floor: "floor_1", room: "room_1" });
  for (let batch = 0; batch < 60; batch++) {
    // Three of four are of the first one.
    const organization = batch % 4 === 0 ? "org_two" : "org_one";
    const lane = names.indexOf(organization) + 1;
    const revision = (await store.registry.snapshot(organization))!.organization.revision;
    const events = Array.from({ length: 100 }, (_, each) =>
      event(`event_${batch}_${each}`, {
        body: `{"text":"${"x".repeat(200 + each)}"}`,
        scopes,
        deliveries: [owed(lane)],
      }),
    );
    const result = await store.ledger.accept([{ organization, revision, events }], null);
    if (result.status !== "done") throw new Error(result.status);
    const numbers = result.receipts.map((each) => (each.status === "accepted" ? each.deliveries[0]! : 0));
    await store.ledger.settle(
      epoch,
      numbers.map((number) => settlement(number, lane)),
    );
    await store.ledger.appendObservations(Array.from({ length: 100 }, () => observation({ organization })));
  }
  const minutes = Array.from({ length: 20 }, (_, room) =>
    Array.from({ length: 240 }, (_, index) => minute(noon + index * 60_000, { subject: `room_${room}` })),
  );
  await store.ledger.accept([], progress(epoch, 1, { minutes: minutes.flat() }));

  const of = (kind: "events" | "observations" | "minutes", organization: string | null = null) =>
    store.history.classStorage(kind, organization);
  const [all, one] = [await of("events"), await of("events", "org_one")];
  const [logged, hours] = [await of("observations"), await of("minutes", "org_one")];
  await store.close();
  const near = (told: number, is: number, part: number) =>
    assert.ok(Math.abs(told - is) <= is * part, `${told} is told, and it is ${is}`);
  near(all.rows, 6_000, 0.02);
  near(one.rows, 4_500, 0.1);
  near(logged.rows, 6_000, 0.02);
  assert.deepEqual([hours.rows, hours.oldest], [80, Math.floor(noon / 86_400_000) * 86_400_000]);

  const database = new DatabaseSync(join(directory, "belfry.sqlite"));
  const bytesOf = (...tables: readonly string[]): number => {
    const list = tables.map((table) => `'${table}'`).join();
    const sql = `select sum(pgsize) as bytes from dbstat where name in (select name from sqlite_schema where tbl_name in (${list}))`;
    return Number(database.prepare(sql).get()?.["bytes"]);
  };
  near(all.bytes, bytesOf("event", "delivery", "attempt", "delivery_by_lane"), 0.33);
  near(one.bytes, all.bytes * 0.75, 0.1);
  near(logged.bytes, bytesOf("observation"), 0.33);
  database.close();
});
