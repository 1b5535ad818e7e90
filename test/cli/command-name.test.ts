import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { createTestTerminal } from "./test-terminal.ts";
import { commandName } from "../../src/cli/command-name.ts";

test("help and hints name the command that exists where the reader is", () => {
  const name = (file: string | undefined, env = {}) =>
    commandName({ argv: ["node", ...(file === undefined ? [] : [file])], env }, "/app");
  assert.equal(name("/usr/local/bin/belfry"), "belfry");
  assert.equal(name("/usr/local/lib/node_modules/belfry/bin/belfry.js"), "belfry");
  assert.equal(name("/app/node_modules/.bin/belfry", { npm_command: "exec" }), "npx belfry");
  assert.equal(name("/app/src/main.ts"), "npm run --silent belfry --");
  assert.equal(name("/app/src/main.ts", { npm_command: "exec" }), "npm run --silent belfry --");
  assert.equal(name("/app/dist/src/main.js"), "node dist/src/main.js");
  assert.equal(name(undefined), "belfry");
});

test("examples in help name the command as it is called here", async () => {
  const terminal = createTestTerminal({ command: "npm run --silent belfry --" });
  assert.equal(await runProgram(["keys", "list", "--help"], { terminal }), 0);
  assert.match(terminal.out(), /\nExample:\n {2}npm run --silent belfry -- keys list\n$/);
});
