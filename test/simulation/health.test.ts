// The oracle of health knows when the server could hear whom it lets be said to be silent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { event, noon, observation } from "../contract/samples.ts";
import { createHealthFacts } from "./oracle/health.ts";
import { createJudge } from "./oracle/judge.ts";

const after = (seconds: number): number => noon + seconds * 1000;

/** A server that listens from noon on to a counter, which speaks every ten seconds up to 20 s and so is silent after 30 s more.
 * Times are seconds after noon. */
function listening() {
  let [wall, position] = [noon, 0];
  const judge = createJudge(() => wall);
  const facts = createHealthFacts(judge, { wall: () => wall, jumps: () => 0 });
  /** The counter speaks, or a door, which has no health. */
  const log = (who: "counter" | "door", at: number): number => {
    wall = after(at);
    const body = JSON.stringify(who === "door" ? { kind: "access" } : { kind: "heartbeat", at: wall, sensor: who });
    facts.logged(++position, observation({ acceptedAt: wall, body }));
    return position;
  };
  /** `said`: what of the counter, by which position, of which moment, heard last at which; folded at `now`. */
  const fold = (
    now: number,
    ...said: readonly (readonly [silent: boolean, by: number, at: number, heard: number])[]
  ) => {
    wall = after(now);
    const events = said.map(([silent, by, at, heard]) => {
      const silentSince = silent ? after(heard) : null;
      const data = { online: true, last_heartbeat: after(heard), silent_since: silentSince, clock: "ok" };
      const key = `SENSOR_HEALTH:counter:${at}#${by}`;
      const body = JSON.stringify({ data });
      return ["org_one", event(key, { type: "SENSOR_HEALTH", subject: "counter", at: after(at), body, key })] as const;
    });
    facts.folded(position, events);
  };
  /** Another process takes over. */
  const start = (at: number): void => {
    wall = after(at);
    facts.acquired();
  };
  start(0);
  fold(0, [false, log("counter", 0), 0, 0]);
  for (const at of [10, 20]) log("counter", at);
  fold(20);
  return { log, fold, start, violation: () => judge.violation()?.message ?? null };
}

const tooSoon = (seconds: number): string =>
  `org_one SENSOR_HEALTH counter was said to be silent after ${seconds * 1000} ms in which it could be heard`;

test("a silence that was heard to its end and not folded may be said by the next process at once", () => {
  const { log, fold, start, violation } = listening();
  for (const at of [28, 36, 44]) log("door", at);
  const spoke = log("counter", 51);
  start(600);
  fold(600, [true, spoke, 50, 20], [false, spoke, 51, 51]);
  assert.equal(violation(), null);
});

test("so may the silence of who did not speak again while others did", () => {
  const { log, fold, start, violation } = listening();
  const last = log("door", 50);
  start(600);
  fold(600, [true, last, 50, 20]);
  assert.equal(violation(), null);
});

test("a silence for which the time before and after nobody listened is added up was said too soon", () => {
  const { log, fold, start, violation } = listening();
  const last = log("door", 45);
  start(600);
  fold(615, [true, last, 50, 20]);
  assert.equal(violation(), tooSoon(25));
});

test("a silence that the new process heard is said once that lasted long enough", () => {
  const early = listening();
  early.start(600);
  early.fold(629, [true, 3, 50, 20]);
  assert.equal(early.violation(), tooSoon(29));
  const late = listening();
  late.start(600);
  late.fold(631, [true, 3, 50, 20]);
  assert.equal(late.violation(), null);
});
