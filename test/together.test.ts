// What files that share a process owe each other, and that whoever does not keep to it is named.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { filesTogether } from "./together.ts";

const root = join(import.meta.dirname, "..");
const folders = globSync("test/*/**/together.ts", { cwd: root }).map((file) => join(root, dirname(file)));

/** Runs these files, by name, as a folder whose files share a process. */
function run(t: TestContext, files: Readonly<Record<string, string>>): { readonly out: string; readonly code: number } {
  const folder = mkdtempSync(join(tmpdir(), "belfry-together-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const module = JSON.stringify(join(root, "test/together.ts"));
  const entry = `import { runTogether } from ${module}; runTogether(import.meta.dirname);`;
  for (const [name, text] of Object.entries({ "together.ts": entry, ...files })) {
    writeFileSync(join(folder, name), `import { after, before, beforeEach, test } from "node:test";\n${text}`);
  }
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=spec", join(folder, "together.ts")];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8", env, timeout: 100_000 });
  return { out: stdout.replaceAll(`${relative(root, folder)}/`, ""), code: status ?? 1 };
}

/** A test that does nothing. */
const calm = `test("calm", () => {});`;

test("hooks of a file run for its own tests only, also where it or what it imports waits while it is loaded", (t) => {
  const file = (name: string) => `
    import "./slow.ts";
    before(() => console.log("before ${name}"));
    beforeEach((each) => console.log("${name} sees", each.name));
    after(() => console.log("after ${name}"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    test("one of ${name}", () => {});`;
  const { out, code } = run(t, {
    "slow.ts": "await new Promise((resolve) => setTimeout(resolve, 5));",
    "a.test.ts": file("a"),
    "b.test.ts": file("b"),
  });
  assert.equal(code, 0, out);
  const said = out.split("\n").filter((line) => /^(before|after|. sees) /.test(line));
  assert.deepEqual(said, ["before a", "a sees one of a", "after a", "before b", "b sees one of b", "after b"]);
});

test("a file that fails, or cannot be loaded, is named and makes the run fail, and the others are judged", (t) => {
  const { out, code } = run(t, {
    "a.test.ts": `import "./missing.ts";`,
    "b.test.ts": `test("wrong", () => { throw new Error("no"); });`,
    "c.test.ts": calm,
  });
  assert.equal(code, 1);
  assert.match(out, /✖ a\.test\.ts/);
  assert.match(out, /✖ wrong/);
  assert.match(out, /✔ calm/);
});

for (const [what, text, complaint] of [
  [
    "starts a child process",
    `import { spawn } from "node:child_process"; test("it", (_, done) => void spawn("true").once("exit", () => done()));`,
    "started a child process",
  ],
  ["changes the environment", `process.env["BELFRY_LEFT"] = "1"; ${calm}`, "changed the environment"],
  ["moves to another folder", `test("it", () => process.chdir("/"));`, "changed the working directory"],
  ["leaves a faked clock", `import { mock } from "node:test"; mock.timers.enable(); ${calm}`, "left a faked clock"],
  ["leaves a listener", `test("it", () => void process.on("warning", () => {}));`, "left listeners on the process"],
  [
    "leaves a server open",
    `import { createServer } from "node:net"; test("it", () => void createServer().listen(0));`,
    "left something open",
  ],
] as const) {
  test(`a file that ${what} is named`, (t) => {
    const { out, code } = run(t, { "a.test.ts": text, "b.test.ts": calm });
    assert.equal(code, 1, out);
    assert.match(out, new RegExp(`a\\.test\\.ts ${complaint}`));
  });
}

test("a file named *.alone.test.ts is not among those that share a process", (t) => {
  const { out, code } = run(t, { "a.alone.test.ts": `process.env["BELFRY_LEFT"] = "1"; ${calm}`, "b.test.ts": calm });
  assert.equal(code, 0, out);
  assert.equal(out.match(/✔ calm/g)?.length, 1);
});

// Tests of an imported test file run once in a process, for whoever comes first.
test("no file that measures memory, starts processes or threads, sets variables, or imports a test file shares a process", () => {
  const files = folders.flatMap(filesTogether);
  assert.ok(files.length > 100, "there are such files");
  const unfit = files.filter((file) =>
    /held-memory|import.*\.test\.ts"|"node:(child_process|worker_threads|v8|cluster)"|process\.env\[.*\] *=[^=]|delete process\.env/.test(
      readFileSync(join(root, file), "utf8"),
    ),
  );
  assert.deepEqual(unfit, []);
});
