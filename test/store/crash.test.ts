// Pulls the plug on a process that accepts and settles, again and again, on one and the same directory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";

const directory = mkdtempSync(join(tmpdir(), "belfry-crash-"));
after(() => rmSync(directory, { recursive: true }));
const child = join(import.meta.dirname, "crash-child.ts");

/** Runs the child until it has said so many lines, kills it, and returns the whole lines it said. */
async function killAfter(lines: number, round: number): Promise<readonly string[]> {
  const run = spawn(process.execPath, [child, directory, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > lines) run.kill("SIGKILL");
  });
  await new Promise((resolve) => run.once("close", resolve));
  assert.equal(run.signalCode, "SIGKILL");
  return said.split("\n").slice(0, -1);
}

test("whatever was acknowledged before a kill is there after it", async () => {
  const accepted = new Map<string, number>();
  const settled = new Set<number>();
  for (const [round, lines] of [40, 301, 777, 120, 501].entries()) {
    for (const line of await killAfter(lines, round)) {
      const [what, id, delivery] = line.split(" ") as [string, string, string];
      if (what === "accepted") accepted.set(id, Number(delivery));
      else settled.add(Number(delivery));
    }
  }
  assert.equal(new Set(accepted.values()).size, accepted.size, "no number was given out twice");
  const store = await openSqliteInProcess({ directory, masterKey: new Uint8Array(32), clock: systemClock });
  for (const [id, delivery] of accepted) {
    const view = await store.history.delivery(delivery);
    assert.equal(view?.event, id);
    if (settled.has(delivery)) assert.equal(view.state, "delivered", id);
    else assert.ok(view.state === "pending" || view.state === "delivered", id);
  }
  const { pending, events } = await store.history.totals();
  assert.ok(events >= accepted.size);
  const { lanes, epoch } = await store.ledger.acquire(Date.now(), 0);
  const rows = await store.ledger.readDue(
    epoch,
    Date.now(),
    lanes.map((open) => ({ ...open, limit: 10_000 })),
  );
  assert.equal(
    rows.reduce((sum, lane) => sum + lane.rows.length, 0),
    pending,
  );
  assert.deepEqual(epoch, { number: 6, shards: "all" });
  await store.close();
});

for (const how of ["exit", "throw"]) {
  for (const read of ["read", "unread"]) {
    test(`a process that ends itself without closing the store leaves its log (${how}, ${read})`, async () => {
      const place = join(directory, `${how}-${read}`);
      const run = spawn(process.execPath, [join(import.meta.dirname, "ending-child.ts"), place, how, read], {
        stdio: "ignore",
      });
      const [code] = (await once(run, "close")) as [number];
      assert.equal(code, 1);
      const store = await openSqlite({ directory: place, masterKey: new Uint8Array(32), clock: systemClock });
      assert.equal((await store.history.totals()).events, 1);
      await store.close();
    });
  }
}
