#!/usr/bin/env node
// argv → command, with what Node compiled kept for the next start and threads for names that hang. Nothing else happens here.

import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Without it Node strips the types anew in every thread of every start: 40 MB and a quarter of a second. Threads learn of
// it from the environment. Where nothing can be written there, Node goes on without.
if (import.meta.url.endsWith(".ts")) {
  const { directory } = enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/belfry"));
  if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] ??= directory;
}
// The machine's own way to look up a name keeps a thread for as long as the name hangs. Node reads their number when it
// needs the first one.
process.env["UV_THREADPOOL_SIZE"] ||= "128";
const { runProgram } = await import("./cli/program.ts");

process.exitCode = await runProgram(process.argv.slice(2));
