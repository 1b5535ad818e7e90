// A database that is away for an hour fills no log: a line of each name once a minute, and whatever else goes wrong in full.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BelfryError } from "../../src/errors.ts";
import { briefWhileAway } from "../../src/nodes/brief-log.ts";
import { tellingUnaccepted } from "../../src/nodes/tell-unaccepted.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

test("what the database's absence keeps from being done is said once a minute, with how often it was not said", async () => {
  const clock = createSteeredClock();
  const lines: Line[] = [];
  const log = briefWhileAway(
    notingLog((line) => void lines.push(line)),
    clock,
  );
  const away = new BelfryError("UNAVAILABLE", "The database cannot be used now.");
  for (let second = 0; second < 150; second++) {
    for (let slice = 0; slice < 16; slice++) log.error("sensing.failed", { err: away, position: slice }, "Again.");
    log.warn("slice.not_claimed", { err: away }, "Again.");
    await clock.pass(1_000);
  }
  const of = (event: string) => lines.filter((line) => line.event === event).map(({ facts }) => facts["unsaid"]);
  assert.deepEqual(of("sensing.failed"), [undefined, 959, 959]);
  assert.deepEqual(of("slice.not_claimed"), [undefined, 59, 59]);
});

test("faults are said every time, and so is what has no error", () => {
  const lines: Line[] = [];
  const log = briefWhileAway(
    notingLog((line) => void lines.push(line)),
    createSteeredClock(),
  );
  for (let count = 0; count < 3; count++) {
    log.error("sensing.failed", { err: new Error("a bug"), position: 0 }, "Again.");
    log.warn("slice.lost", { slice: count }, "Lost.");
    log.info("node.back", {}, "Back.");
  }
  assert.equal(lines.length, 9);
});

test("what the database does not accept is in the log; what is refused is not", async () => {
  const lines: Line[] = [];
  let code: "UNAVAILABLE" | "NOT_FOUND" = "UNAVAILABLE";
  const refuse: (...given: readonly unknown[]) => Promise<never> = () =>
    Promise.reject(new BelfryError(code, "could not extend file: No space left on device"));
  const ledger = tellingUnaccepted(
    { accept: refuse, appendObservations: refuse },
    notingLog((line) => void lines.push(line)),
  );
  await assert.rejects(ledger.accept([]), BelfryError);
  await assert.rejects(ledger.appendObservations([]), BelfryError);
  code = "NOT_FOUND";
  await assert.rejects(ledger.accept([]), BelfryError);
  assert.deepEqual(
    lines.map(({ event }) => event),
    ["store.not_accepted", "store.not_accepted"],
  );
});
