// Each way to start a server, by itself: all of them run with the same V8 flags, in the process that was started.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { v8Flags } from "../../src/v8-flags.ts";
import { closeAll } from "../faults/rig/places.ts";
import { serve as serveInFaults } from "../faults/rig/server.ts";
import { makePlace, root, serve, stop } from "./harness.ts";

interface LogLine {
  readonly event: string;
  readonly v8_flags?: readonly string[];
  readonly reason?: string;
}

const children = new Set<ChildProcess>();
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await closeAll();
});

const { scripts, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
  bin: { readonly belfry: string };
};
const environment = {
  PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`,
  BELFRY_PORT: "0",
  BELFRY_LOG_LEVEL: "debug",
};

/** Runs it as npm runs a script. Only the last command becomes the process itself. */
function start(command: string, more: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn("sh", ["-c", `exec ${command}`], {
    cwd: root,
    env: { ...environment, BELFRY_DATA: makePlace(), ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  return child;
}

/** The log until it is ready. Then it is stopped, by the pid that was started. */
async function logOf(child: ChildProcess): Promise<readonly LogLine[]> {
  let errors = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const closed = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? "?")),
  );
  const ready = new Promise<void>((resolve) => {
    // Node's own watching prints lines there, too.
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (line.startsWith('{"ready":true,')) resolve();
    });
  });
  await Promise.race([ready, closed.then((how) => assert.fail(`ended with ${how}:\n${errors}`))]);
  child.kill("SIGTERM");
  await closed;
  return errors
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

const flagsOf = (log: readonly LogLine[]): readonly string[] =>
  log.flatMap(({ v8_flags: flags }) => (flags === undefined ? [] : [flags])).at(0) ??
  assert.fail("no flags in the log");
const reasonsOf = (log: readonly LogLine[]): readonly string[] => log.flatMap(({ reason }) => reason ?? []);

const ways: Readonly<Record<string, string>> = {
  "npm run belfry": `${scripts["belfry"]} serve`,
  "npm run dev": scripts["dev"]!,
  "the command belfry": `${join(root, bin.belfry)} serve`,
  "node src/main.ts": "node src/main.ts serve",
  "node --inspect": "node --inspect=0 src/main.ts serve",
};

for (const [way, command] of Object.entries(ways)) {
  test(`${way} starts a server with Belfry's V8 flags`, async () => {
    const log = await logOf(start(command));
    console.log(`# ${way}: ${flagsOf(log).join(" ")}`);
    assert.deepEqual(flagsOf(log), v8Flags);
    assert.deepEqual(reasonsOf(log), []);
    assert.equal(log.at(-1)!.event, "server.stopped", "the signal reached the server");
  });
}

test("npm start says with which V8 flags the demo runs: the same", async () => {
  const child = start(`${scripts["start"]} --for 0.1 --json`);
  let errors = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdout!.resume();
  await new Promise((resolve) => child.once("close", resolve));
  assert.ok(errors.includes(`Node ${process.version} with ${v8Flags.join(" ")}.\n`), errors);
});

test("tests and fault runs start their servers with the same V8 flags", async () => {
  const one = await serve(makePlace(), { BELFRY_LOG_LEVEL: "info" });
  await stop(one);
  const other = await serveInFaults({ data: makePlace(), environment: { BELFRY_LOG_LEVEL: "info" } });
  await other.signal("SIGTERM");
  for (const errors of [one.errors(), other.errors()]) {
    const [line] = errors.split("\n");
    assert.deepEqual((JSON.parse(line!) as LogLine).v8_flags, v8Flags);
  }
});

test("what the user gave Node stays", async () => {
  const log = await logOf(
    start("node --memory-reducer src/main.ts serve", { NODE_OPTIONS: "--max-semi-space-size=24" }),
  );
  const added = v8Flags.filter((flag) => !/max-semi-space|memory-reducer/.test(flag));
  assert.deepEqual(flagsOf(log), ["--max-semi-space-size=24", ...added, "--memory-reducer"]);
});

test("under node --watch, which talks to its child, the server goes on without the flags and says so at debug", async () => {
  const log = await logOf(start("node --watch src/main.ts serve"));
  assert.deepEqual(flagsOf(log), []);
  assert.deepEqual(reasonsOf(log), ["its parent talks to it over a channel, which would be closed"]);
  const quiet = await logOf(start("node --watch src/main.ts serve", { BELFRY_LOG_LEVEL: "info" }));
  assert.deepEqual(reasonsOf(quiet), []);
});
