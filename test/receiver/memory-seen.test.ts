// Handled events remembered in memory: never twice within their time and number, never lost when a handler failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { type Claim, memorySeen, type Seen } from "../../receiver/src/index.ts";
import { heldMemory } from "../fixtures/held-memory.ts";

const claimed = (answer: unknown): Claim => {
  assert.ok(typeof answer === "object" && answer !== null, String(answer));
  return answer as Claim;
};
const handle = (seen: Seen, ...ids: string[]): void => {
  for (const id of ids) void claimed(seen.claim(id)).keep();
};
const day = 24 * 3600 * 1000;

test("an id is handled once: claimed, then kept", () => {
  const seen = memorySeen();
  const claim = claimed(seen.claim("a"));
  assert.equal(seen.claim("a"), "running");
  claim.keep();
  assert.equal(seen.claim("a"), "done");
});

test("an id whose handler failed may be claimed again", () => {
  const seen = memorySeen();
  claimed(seen.claim("a")).release();
  claimed(seen.claim("a")).keep();
  assert.equal(seen.claim("a"), "done");
});

test("long ids are told apart, and take little memory", async () => {
  const seen = memorySeen();
  const long = (number: number) => `${"x".repeat(100_000)}${number}`;
  handle(seen, long(0));
  const { all } = await heldMemory();
  for (let number = 1; number <= 100; number++) handle(seen, long(number));
  const each = ((await heldMemory()).all - all) / 100;
  assert.ok(each < 10_000, `${each} bytes each`);
  for (let number = 0; number <= 100; number++) assert.equal(seen.claim(long(number)), "done");
});

test("an id is forgotten exactly when its time is over, and never while it is being handled", () => {
  let now = 1_000;
  const seen = memorySeen({ keepMs: 100, now: () => now });
  handle(seen, "done");
  const slow = claimed(seen.claim("slow"));
  now = 1_099;
  assert.equal(seen.claim("done"), "done");
  now = 1_100;
  claimed(seen.claim("done"));
  now = 9_999;
  assert.equal(seen.claim("slow"), "running");
  slow.keep();
  assert.equal(seen.claim("slow"), "done");
});

test("the time begins when the handler succeeded", () => {
  let now = 0;
  const seen = memorySeen({ keepMs: 100, now: () => now });
  const slow = claimed(seen.claim("slow"));
  now = 90;
  slow.keep();
  now = 189;
  assert.equal(seen.claim("slow"), "done");
});

test("beyond the number of ids the oldest is forgotten, and no other", () => {
  const seen = memorySeen({ maxIds: 3 });
  handle(seen, "a", "b", "c");
  for (const id of ["a", "b", "c"]) assert.equal(seen.claim(id), "done", id);
  handle(seen, "d");
  for (const id of ["b", "c", "d"]) assert.equal(seen.claim(id), "done", id);
  handle(seen, "a");
  for (const id of ["c", "d", "a"]) assert.equal(seen.claim(id), "done", id);
  claimed(seen.claim("b"));
});

test("by default 50,000 ids are remembered for four days", () => {
  let now = 0;
  const seen = memorySeen({ now: () => now });
  for (let number = 0; number < 50_000; number++) handle(seen, `${number}`);
  now = 4 * day - 1;
  assert.equal(seen.claim("0"), "done");
  handle(seen, "one more");
  claimed(seen.claim("0"));
  assert.equal(seen.claim("1"), "done");
  now = 4 * day;
  claimed(seen.claim("1"));
});

test("an option that is not a number greater than 0 is refused", () => {
  for (const wrong of [0, -1, Number.NaN]) {
    assert.throws(() => memorySeen({ maxIds: wrong }), TypeError);
    assert.throws(() => memorySeen({ keepMs: wrong }), TypeError);
  }
});

interface Step {
  readonly verb: "claim" | "keep" | "release" | "pass";
  readonly id: string;
  readonly ms: number;
}

/** Takes the steps beside a model of what must be remembered: the last `maxIds` ids whose time is not over. */
function agrees(steps: readonly Step[], maxIds: number): void {
  let now = 0;
  const keepMs = 100;
  const seen = memorySeen({ maxIds, keepMs, now: () => now });
  const claims = new Map<string, Claim>();
  let kept: { readonly id: string; readonly until: number }[] = [];
  for (const { verb, id, ms } of steps) {
    const claim = claims.get(id);
    if (verb === "pass") {
      now += ms;
      kept = kept.filter(({ until }) => until > now);
    } else if (verb === "claim") {
      const answer = seen.claim(id);
      if (kept.some((each) => each.id === id)) assert.equal(answer, "done");
      else if (claim !== undefined) assert.equal(answer, "running");
      else claims.set(id, claimed(answer));
    } else if (claim !== undefined) {
      claims.delete(id);
      claim[verb]();
      if (verb === "keep") kept = [...kept, { id, until: now + keepMs }].slice(-maxIds);
    }
  }
}

test("whatever happens, an id is remembered for its time and number, and no longer", () => {
  const step = fc.record({
    verb: fc.constantFrom("claim", "claim", "keep", "keep", "release", "pass"),
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    ms: fc.integer({ min: 0, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: "max" }), fc.integer({ min: 1, max: 4 }), agrees),
  );
});
