import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Claim, memorySeen } from "../../receiver/src/index.ts";
import { heldMemory } from "../fixtures/held-memory.ts";

const claimed = (answer: unknown): Claim => {
  assert.ok(typeof answer === "object" && answer !== null, String(answer));
  return answer as Claim;
};

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

test("ids of any length are told apart, and remembered in little", async () => {
  const seen = memorySeen();
  const long = (number: number) => `${"x".repeat(100_000)}${number}`;
  claimed(seen.claim(long(0))).keep();
  const { all } = await heldMemory();
  for (let number = 1; number <= 100; number++) claimed(seen.claim(long(number))).keep();
  const each = ((await heldMemory()).all - all) / 100;
  assert.ok(each < 10_000, `${each} bytes each`);
  for (let number = 0; number <= 100; number++) assert.equal(seen.claim(long(number)), "done");
});

test("an id is forgotten at its time exactly, and what is being handled never", () => {
  let now = 1_000;
  const seen = memorySeen({ keepMs: 100, now: () => now });
  claimed(seen.claim("done")).keep();
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

test("whatever happens, an id is never handled twice within its time and number, and never lost", () => {
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom("claim", "keep", "release"), id: fc.constantFrom("a", "b", "c", "d", "e") }),
    fc.record({ what: fc.constant("pass"), ms: fc.integer({ min: 0, max: 60 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, most) => {
      let now = 0;
      const keepMs = 100;
      const seen = memorySeen({ maxIds: most, keepMs, now: () => now });
      const claims = new Map<string, Claim>();
      /** What must be remembered: the last `most` ids, none of them over its time. */
      let kept: { id: string; until: number }[] = [];
      for (const { what, ...rest } of steps) {
        if ("ms" in rest) {
          now += rest.ms;
          kept = kept.filter(({ until }) => until > now);
          continue;
        }
        const { id } = rest;
        const claim = claims.get(id);
        if (what === "claim") {
          const answer = seen.claim(id);
          if (kept.some((each) => each.id === id)) assert.equal(answer, "done");
          else if (claim !== undefined) assert.equal(answer, "running");
          else claims.set(id, claimed(answer));
        } else if (claim !== undefined) {
          claims.delete(id);
          if (what === "release") claim.release();
          else {
            claim.keep();
            kept = [...kept, { id, until: now + keepMs }].slice(-most);
          }
        }
      }
    }),
  );
});
