import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { flagsInForce, givenFlags, missingFlags, v8Flags } from "../src/v8-flags.ts";

test("a process that was given nothing lacks all flags, and one that was given all lacks none", () => {
  assert.deepEqual(missingFlags([]), v8Flags);
  assert.deepEqual(missingFlags(v8Flags), []);
  assert.deepEqual(missingFlags(v8Flags.slice(1)), v8Flags.slice(0, 1));
});

test("a flag that somebody set otherwise is not missing, however it was written", () => {
  for (const [given, ours] of [
    ["--max-semi-space-size=64", "--max-semi-space-size=16"],
    ["--max_semi_space_size=64", "--max-semi-space-size=16"],
    ["--memory-reducer", "--no-memory-reducer"],
    ["--nomemory_reducer", "--no-memory-reducer"],
  ] as const) {
    assert.deepEqual(
      missingFlags(["--inspect", given]),
      v8Flags.filter((flag) => flag !== ours),
      given,
    );
  }
});

test("flags of the environment count, and those of the command line come after them", () => {
  const env = { NODE_OPTIONS: '  --max-semi-space-size=64 "--memory-reducer" ' };
  const given = givenFlags({ env, execArgv: ["--inspect", "--max-semi-space-size=32"] });
  assert.deepEqual(given, ["--max-semi-space-size=64", "--memory-reducer", "--inspect", "--max-semi-space-size=32"]);
  assert.deepEqual(givenFlags({ env: {}, execArgv: [] }), []);
});

test("in force is what sets the same as a flag of ours, as it was given", () => {
  assert.deepEqual(flagsInForce(["--inspect", "--max_semi_space_size=64", ...v8Flags.slice(1), "--stack-size=900"]), [
    "--max_semi_space_size=64",
    ...v8Flags.slice(1),
  ]);
});

test("no script of package.json sets V8", () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  const words = Object.values(scripts).flatMap((script) => script.split(" "));
  assert.deepEqual(flagsInForce(words), []);
  assert.deepEqual(
    words.filter((word) => /^--(no-|max-|min-|heap-)/.test(word)),
    [],
  );
});
