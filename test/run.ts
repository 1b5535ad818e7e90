// npm test: every test file. Those of a folder with a `together.ts` share a process, all others have one each.

import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesTogether } from "./together.ts";

const root = join(import.meta.dirname, "..");

const shared = globSync("test/**/together.ts", { cwd: root }).filter((file) => file !== "test/together.ts");
const together = new Set(shared.flatMap((file) => filesTogether(join(root, dirname(file)))));
const single = globSync("test/**/*.test.ts", { cwd: root }).filter((file) => !together.has(file));

const args = [
  "--test",
  "--test-concurrency=3",
  "--test-timeout=120000",
  ...process.argv.slice(2),
  ...shared,
  ...single,
];
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, "node_modules/.cache/belfry") };
const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.once("exit", (code) => (process.exitCode = code ?? 1));
