import assert from "node:assert/strict";
import { test } from "node:test";
import { startAgain, type Startable } from "../src/start-again.ts";
import { v8Flags } from "../src/v8-flags.ts";

type Started = readonly [file: string, args: readonly string[], env: Record<string, string | undefined>];

/** A process that notes how it is started again, and is none the less still there. */
function createProcess(differs: Partial<Startable> = {}): Startable & { readonly starts: readonly Started[] } {
  const starts: Started[] = [];
  return {
    argv: [process.execPath, "/app/src/main.ts", "serve", "--port", "0"],
    argv0: "node",
    env: { HOME: "/home/me" },
    execArgv: ["--enable-source-maps"],
    execPath: process.execPath,
    execve: ((...start: Started) => void starts.push(start)) as unknown as NonNullable<Startable["execve"]>,
    pid: 4711,
    platform: "linux",
    starts,
    ...differs,
  };
}

test("a process without the flags starts again with them, and with all that it had", () => {
  const one = createProcess();
  startAgain(one);
  assert.deepEqual(one.starts, [
    [
      process.execPath,
      ["node", ...v8Flags, "--enable-source-maps", "/app/src/main.ts", "serve", "--port", "0"],
      { HOME: "/home/me", BELFRY_STARTED_AGAIN: "4711" },
    ],
  ]);
});

test("a process that has the flags goes on", () => {
  const one = createProcess({ execArgv: [...v8Flags] });
  assert.equal(startAgain(one), null);
  assert.deepEqual(one.starts, []);
});

test("what the user set stays: only what nobody set is added", () => {
  const one = createProcess({ execArgv: ["--max-semi-space-size=64"], env: { NODE_OPTIONS: "--memory-reducer" } });
  startAgain(one);
  const [, args] = one.starts[0]!;
  const added = v8Flags.filter((flag) => !/max-semi-space|memory-reducer/.test(flag));
  assert.deepEqual(args.slice(1, args.indexOf("/app/src/main.ts")), [...added, "--max-semi-space-size=64"]);
});

test("no process starts again twice, and what it hands down does not keep another from it", () => {
  const second = createProcess({ env: { BELFRY_STARTED_AGAIN: "4711" } });
  assert.match(startAgain(second)!, /lacks them still/);
  assert.deepEqual(second.starts, []);
  assert.deepEqual(second.env, {}, "nothing is left for its children");

  const child = createProcess({ env: { BELFRY_STARTED_AGAIN: "4710" } });
  startAgain(child);
  assert.equal(child.starts.length, 1);
  const done = createProcess({ execArgv: [...v8Flags], env: { BELFRY_STARTED_AGAIN: "4711" } });
  assert.equal(startAgain(done), null);
  assert.deepEqual(done.env, {});
});

test("where a process cannot start again it says why and goes on", () => {
  const permission = { has: (scope: string) => scope !== "child" };
  const channel = {} as NonNullable<Startable["channel"]>;
  const cases: readonly (readonly [Partial<Startable>, RegExp])[] = [
    [{ platform: "win32" }, /this system cannot/],
    [{ execve: undefined as unknown as NonNullable<Startable["execve"]> }, /this system cannot/],
    [{ argv: [process.execPath] }, /which file/],
    [{ permission }, /--permission/],
    [{ channel }, /channel/],
    [{ execArgv: ["--inspect-brk=0"] }, /debugger/],
    [{ env: { NODE_OPTIONS: "--inspect-wait" } }, /debugger/],
    [{ execPath: "/nowhere/node" }, /\/nowhere\/node/],
  ];
  for (const [differs, why] of cases) {
    const one = createProcess(differs);
    assert.match(startAgain(one) ?? "", why);
    assert.deepEqual(one.starts, [], String(why));
  }
});

test("a debugger that is not waited for keeps no process from starting again", () => {
  const one = createProcess({ execArgv: ["--inspect=0"] });
  startAgain(one);
  assert.equal(one.starts.length, 1);
});

test("where the system refuses, the process goes on and tells the refusal", () => {
  const refuse = (): never => {
    throw new Error("EPERM: not permitted");
  };
  assert.equal(startAgain(createProcess({ execve: refuse })), "EPERM: not permitted");
});
