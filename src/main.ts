// argv → command. Before it: what Node compiled is kept for the next start, a server gets its V8 flags, and names that hang
// get threads. Nothing else happens here.

import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { startAgain } from "./start-again.ts";

// Without it Node strips the types anew in every thread of every start: 40 MB and a quarter of a second. Threads and the
// second start learn of it from the environment. Where nothing can be written there, Node goes on without.
if (import.meta.url.endsWith(".ts")) {
  const { directory } = enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/belfry"));
  if (directory !== undefined) process.env["NODE_COMPILE_CACHE"] ??= directory;
}
// The other commands are over before V8's settings would matter: they do not wait for a second start.
const args = process.argv.slice(2);
const withoutFlags = args[0] === "serve" || args[0] === "demo" ? startAgain(process) : null;

// The machine's own way to look up a name keeps a thread for as long as the name hangs. Node reads their number when it
// needs the first one.
process.env["UV_THREADPOOL_SIZE"] ||= "128";
const { runProgram } = await import("./cli/program.ts");

process.exitCode = await runProgram(args, { withoutFlags });
