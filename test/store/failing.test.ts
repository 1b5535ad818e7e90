// A disk that is full, a disk that fails, a caller that sends nonsense: who gets the error, and what goes on.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { Broken, type Call, closeEngine, commitBatch } from "../../src/store/sqlite/group-commit.ts";
import { openCheckpointConnection, openDatabase, openReader } from "../../src/store/sqlite/file/database.ts";
import { createEngine } from "../../src/store/sqlite/engine.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";
import { checkpoint, createCheckpointer } from "../../src/store/sqlite/file/checkpoint.ts";
import { audit, event, noon, observation, owed } from "../contract/samples.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-failing-"));
after(() => rmSync(root, { recursive: true }));

function newEngine() {
  const database = openDatabase(join(mkdtempSync(join(root, "data-")), "belfry.sqlite"));
  migrate(database, readMigrations(migrationsDirectory), 0);
  const engine = createEngine(database, systemClock);
  commitBatch(engine, [["ensureOrganization", ["org_one", "One", new Uint8Array(1), audit()]]]);
  return engine;
}
const acceptOne = (id: string, change = {}): Call => [
  "accept",
  [[{ organization: "org_one", revision: 1, events: [event(id, { deliveries: [owed(1)], ...change })] }], null],
];
const codeOf = (answer: unknown) => (answer as { error?: { code?: string } }).error?.code;

test("a call that no column takes fails alone, and nothing of it stays", () => {
  const engine = newEngine();
  const halfGood: Call = [
    "accept",
    [[{ organization: "org_one", revision: 1, events: [event("x"), event("y", { revision: 1.5 })] }], null],
  ];
  const answers = commitBatch(engine, [acceptOne("event_a"), halfGood, acceptOne("event_b")]);
  assert.deepEqual(
    answers.map((answer) => "error" in answer),
    [false, true, false],
  );
  const ids = engine.database.prepare("select id from event order by number").all();
  assert.deepEqual(
    ids.map(({ id }) => id),
    ["event_a", "event_b"],
  );
});

test("a delivery whose event is gone does not look due for ever, and holds nothing of its lane up", () => {
  const engine = newEngine();
  commitBatch(engine, [acceptOne("event_a"), acceptOne("event_b")]);
  engine.database.exec("delete from event where id = 'event_a'");
  const epoch = engine.operations.acquire(noon, 0).epoch;
  const [lane] = engine.operations.readDue(epoch, noon, [{ lane: 1, class: "live", limit: 5 }]);
  assert.deepEqual(
    lane?.rows.map(({ event }) => event.id),
    ["event_b"],
  );
  assert.equal(lane?.nextDue, null);
});

/** Writes 300 bodies of 98 pages each. Answers the most pages that were in the log, and those that are left in it. */
function writeMuch(engine: ReturnType<typeof newEngine>, tidyUp: (batch: number) => void) {
  const state = engine.database.prepare("pragma wal_checkpoint(noop)");
  const pages = () => state.get() as { log: number; checkpointed: number };
  const body = "x".repeat(400_000);
  let most = 0;
  for (let batch = 0; batch < 30; batch++) {
    const calls = Array.from({ length: 10 }, (_, index) => acceptOne(`event_${batch}_${index}`, { body }));
    assert.ok(commitBatch(engine, calls).every((answer) => "value" in answer));
    tidyUp(batch);
    most = Math.max(most, pages().log);
  }
  return { most, left: pages().log - pages().checkpointed };
}

test("the log is copied into the main file behind the answers, so that it does not grow with what is written", () => {
  const engine = newEngine();
  const tidy = createCheckpointer(engine, null);
  const { most, left } = writeMuch(engine, () => tidy.after());
  assert.ok(most < 10_000, `${most} pages`);
  assert.ok(left < 8_000);
});

test("another connection copies the log while the writer goes on, and the log begins anew all the same", () => {
  const engine = newEngine();
  const copier = openCheckpointConnection(engine.database.location()!);
  let asked = 0;
  let waiting = false;
  const tidy = createCheckpointer(engine, () => {
    asked++;
    waiting = true;
  });
  const { most, left } = writeMuch(engine, () => {
    tidy.after();
    if (!waiting) return;
    // It is done when the next batch is in, which it does not know of.
    waiting = false;
    const worked = checkpoint(copier) !== null;
    commitBatch(engine, [acceptOne(`beside_${asked}`)]);
    tidy.copied(worked);
  });
  assert.ok(asked > 1);
  assert.ok(most < 10_000, `${most} pages`);
  assert.ok(left < 8_000);
  const events = copier.prepare("select count(*) as count from event").get();
  assert.equal(events?.["count"], 300 + asked);
  copier.close();
});

test("a log that grows faster than another connection copies it is copied by the writer in the end", () => {
  const engine = newEngine();
  let asked = 0;
  const tidy = createCheckpointer(engine, () => void asked++);
  const { most } = writeMuch(engine, () => {
    tidy.after();
    // It says that it copied, and there is as much again.
    if (asked > 0) tidy.copied(true);
  });
  assert.ok(asked >= 4);
  assert.ok(most < 16_000, `${most} pages`);
});

test("when another connection cannot copy now it is asked again after the next batch", () => {
  const engine = newEngine();
  let asked = 0;
  const tidy = createCheckpointer(engine, () => void asked++);
  writeMuch(engine, (batch) => {
    tidy.after();
    if (asked > 0 && batch < 20) tidy.copied(false);
  });
  assert.ok(asked > 5);
});

test("a new owner is in the main file only when nothing that was written before is left in the log", () => {
  const engine = newEngine();
  const tidy = createCheckpointer(engine, null);
  const reader = openReader(engine.database.location()!);
  reader.exec("begin");
  reader.prepare("select count(*) from event").get();
  commitBatch(engine, [["acquire", [noon, 0]]]);
  tidy.after();
  assert.equal(engine.ownerIsNew, true);
  reader.exec("rollback");
  tidy.after();
  assert.equal(engine.ownerIsNew, false);
  reader.close();
});

test("an end that could not be noted is not taken for a lost log", () => {
  const engine = newEngine();
  const file = engine.database.location()!;
  commitBatch(engine, [["acquire", [noon, 0]]]);
  createCheckpointer(engine, null).after();
  engine.database.exec("pragma query_only = true");
  closeEngine(engine);
  const again = openDatabase(file);
  assert.equal(again.prepare("select value from meta where name = 'closed'").get(), undefined);
  again.close();
});

test("a full disk refuses the batch clearly and the store works again when there is room", () => {
  const engine = newEngine();
  const { database } = engine;
  const pages = Number(database.prepare("pragma page_count").get()?.["page_count"]);
  database.exec(`pragma max_page_count = ${pages + 4}`);
  const big = { body: "x".repeat(60_000) };
  const refused = commitBatch(engine, [acceptOne("event_a", big), acceptOne("event_b", big)]);
  assert.deepEqual(refused.map(codeOf), ["UNAVAILABLE", "UNAVAILABLE"]);
  assert.equal(database.prepare("select count(*) as count from event").get()?.["count"], 0);
  database.exec("pragma max_page_count = 1000000");
  assert.deepEqual(commitBatch(engine, [acceptOne("event_a", big)]).map(codeOf), [undefined]);
});

test("on a full disk a read that came with writes is answered", () => {
  const engine = newEngine();
  const pages = Number(engine.database.prepare("pragma page_count").get()?.["page_count"]);
  engine.database.exec(`pragma max_page_count = ${pages}`);
  const big = acceptOne("event_a", { body: "x".repeat(60_000) });
  const answers = commitBatch(engine, [big, ["organizations", []], big]);
  assert.deepEqual(answers.map(codeOf), ["UNAVAILABLE", undefined, "UNAVAILABLE"]);
});

test("a file that another program holds is a refusal, not an end", () => {
  const engine = newEngine();
  engine.database.exec("pragma busy_timeout = 1");
  const other = openDatabase(engine.database.location()!);
  other.exec("begin immediate");
  assert.deepEqual(commitBatch(engine, [["appendObservations", [[observation()]]]]).map(codeOf), ["UNAVAILABLE"]);
  other.exec("rollback");
  other.close();
  assert.deepEqual(commitBatch(engine, [["appendObservations", [[observation()]]]]).map(codeOf), [undefined]);
});

test("a commit that fails in any other way is the end, for nobody knows what is on the disk", () => {
  const engine = newEngine();
  engine.database.exec("create temp trigger fail before insert on event begin select raise(abort, 'x'); end");
  assert.equal(codeOf(commitBatch(engine, [acceptOne("event_a")])[0]), "ERR_SQLITE_ERROR");
  engine.database.exec("drop trigger fail");
  engine.database.exec("pragma query_only = true");
  assert.throws(() => commitBatch(engine, [acceptOne("event_a")]), Broken);
});

for (const host of ["threads", "process"]) {
  test(`a disk that fails under the running store breaks it: callers are told and so is the process (${host})`, async () => {
    const directory = mkdtempSync(join(root, "data-"));
    const child = join(import.meta.dirname, "failing-child.ts");
    // The limit makes the system fail every write beyond it, as a bad disk would.
    const command = `ulimit -f 1500; exec "${process.execPath}" "${child}" "${directory}" ${host}`;
    const run = spawn("bash", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    run.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    await new Promise((resolve) => run.once("close", resolve));
    assert.deepEqual(JSON.parse(said), { refused: "Broken", later: "Broken", broken: true });
  });
}
