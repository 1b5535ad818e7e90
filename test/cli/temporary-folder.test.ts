import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeTemporaryFolder } from "../../src/cli/temporary-folder.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

/** Runs until its first line is read and nobody reads on. `next` makes it write again. */
async function readOneLine(t: TestContext, command: string, next: (line: string) => void): Promise<string> {
  const place = mkdtempSync(join(tmpdir(), "belfry-reader-"));
  t.after(() => rmSync(place, { recursive: true, force: true }));
  const child = spawn(process.execPath, [main, command, "--json"], {
    env: { ...process.env, TMPDIR: place },
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  assert.equal(readdirSync(place).length, 1);
  child.stdout.destroy();
  next(line);
  await exited;
  return place;
}

test("the demo leaves nothing behind when whoever reads its output goes away", async (t) => {
  const place = await readOneLine(t, "demo", () => {}); // It writes once a second.
  assert.deepEqual(readdirSync(place), []);
});

test("listen leaves nothing behind when whoever reads its output goes away", async (t) => {
  const place = await readOneLine(t, "listen", (line) => {
    const { listening } = JSON.parse(line) as { listening: string };
    request(listening, { method: "POST", rejectUnauthorized: false })
      .on("error", () => {}) // It may end before it answers.
      .end("{}");
  });
  assert.deepEqual(readdirSync(place), []);
});

test("a temporary folder is removed, and the process is left with no listener for it", () => {
  const before = process.listenerCount("exit");
  const folder = makeTemporaryFolder("belfry-folder-");
  assert.ok(existsSync(folder.path));
  assert.equal(process.listenerCount("exit"), before + 1);
  folder.remove();
  assert.ok(!existsSync(folder.path));
  assert.equal(process.listenerCount("exit"), before);
});
