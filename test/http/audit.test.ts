// The chain of the audit, as operators check it: through the API, by the command, and by the server itself at its start.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { meddle, openTestStore } from "../fixtures/test-store.ts";
import { warnOfBrokenAudit } from "../../src/store/warn-of-broken-audit.ts";
import { createTestTerminal } from "../cli/test-terminal.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { ask, keyFor, openHouse, start } from "./fixture.ts";

test("an audit of several slices is whole, until an entry of it is changed: API, command and start say which", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "belfry-audit-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const clock = createSteeredClock(start);
  const store = await openTestStore({ directory, masterKey: new Uint8Array(32), clock });
  const house = await openHouse({ over: { store, clock } });
  t.after(() => house.close());
  await house.server.start();
  const key = await keyFor(house, "operator");
  const entries = 2_501;
  await Promise.all(
    Array.from({ length: entries - 1 }, (_, index) =>
      store.registry.audit({ at: index, actor: "key", action: "thing.act", object: `thing_${index}`, detail: null }),
    ),
  );
  const verified = async () => (await ask(house, "GET /v1/audit/verify", { key })).body;
  const command = async (...more: string[]) => {
    const terminal = createTestTerminal();
    const code = await runProgram(["audit", "verify", "--url", house.server.url, "--key", key, ...more], { terminal });
    return { code, out: terminal.out(), notes: terminal.notes() };
  };
  const warnings = async () => {
    const said: object[] = [];
    const log = notingLog(({ facts }) => said.push(facts));
    await warnOfBrokenAudit(store.history, log, () => true);
    return said;
  };

  const { last_hash: hash, ...rest } = await verified();
  assert.deepEqual(rest, { whole: true, entries, broken_at: null });
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(await command(), {
    code: 0,
    out: `The audit is whole: ${entries} entries, the last one ${hash}.\n`,
    notes: "",
  });
  assert.deepEqual(await warnings(), []);

  await meddle(directory, "update audit set actor = 'nobody' where number = 2003");
  const broken = await verified();
  assert.deepEqual([broken.whole, broken.entries, broken.broken_at], [false, 2_002, 2_003]);
  const { code, out, notes } = await command();
  assert.deepEqual([code, out], [1, ""]);
  assert.match(notes, /entry 2003 does not follow/);
  const json = await command("--json");
  assert.deepEqual([json.code, JSON.parse(json.out).broken_at], [1, 2_003]);
  assert.deepEqual(await warnings(), [{ entry: 2_003 }]);
});

test("who is no operator may not check the audit", async (t) => {
  const house = await openHouse();
  t.after(() => house.close());
  assert.equal((await ask(house, "GET /v1/audit/verify")).status, 401);
  const created = { at: 0, actor: "test", action: "organization.create", object: "org_a", detail: null };
  await house.store.registry.ensureOrganization("org_a", "A", created);
  for (const role of ["organization", "viewer"] as const) {
    const key = await keyFor(house, role, "org_a");
    assert.equal((await ask(house, "GET /v1/audit/verify", { key })).status, 403);
  }
});
