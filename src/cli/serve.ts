// belfry serve: the server as a process. Says that it is ready in one JSON line on stdout; everything else goes to stderr.

import { join } from "node:path";
import type { Command } from "commander";
import { compactHeap } from "../compact-heap.ts";
import { type Flags as SettingFlags, readConfig } from "../config/config.ts";
import { flagsInForce, givenFlags } from "../v8-flags.ts";
import { version } from "../version.ts";
import { withExample } from "./example.ts";
import { withSettings } from "./settings-help.ts";
import type { Terminal } from "./terminal.ts";

interface Flags extends SettingFlags {
  readonly newOperatorKey?: true;
  readonly asIs?: true;
}

/** `withoutFlags`: why V8 flags are missing. */
export function serveCommand(program: Command, terminal: Terminal, withoutFlags: string | null): void {
  const command = program
    .command("serve")
    .description("run the server: both vendors' APIs, the operator API and the deliveries")
    .option("--new-operator-key", "make a new operator key, where the old one was lost")
    .option("--as-is", "once: start with the files as they are, though something is missing in them, or may be")
    .action((flags: Flags) => serve(flags, terminal, withoutFlags));
  withExample(withSettings(command), "belfry serve --data ./belfry-data --retention-events 30d");
}

async function serve(
  { newOperatorKey, asIs, ...flags }: Flags,
  terminal: Terminal,
  withoutFlags: string | null,
): Promise<void> {
  const config = readConfig(terminal.env, flags);
  const [{ startBelfry }, { createLog }] = await Promise.all([import("../app.ts"), import("../log.ts")]);
  const log = createLog(config.logLevel);
  const facts = { version, node: process.version, v8_flags: flagsInForce(givenFlags(process)) };
  log.info("server.starting", facts, "Starting.");
  if (withoutFlags !== null) {
    log.debug("server.without_flags", { reason: withoutFlags }, "Goes on without V8 flags that save memory and time.");
  }
  const belfry = await startBelfry(config, log, { newOperatorKey, asIs });
  compactHeap();
  if (belfry.newOperatorKey) {
    terminal.note(
      `The operator key, shown this once and kept in ${join(config.data, "operator.key")}:\n${belfry.operatorKey}\n`,
    );
  }
  log.info("server.started", { url: belfry.url }, "The server is ready.");
  terminal.write(`${JSON.stringify({ ready: true, url: belfry.url })}\n`);

  const failure = await Promise.race([interruption(terminal.interrupted), belfry.broken]);
  if (failure !== null) {
    // What memory holds can no longer be trusted to reach the disk: end at once, the store as it is there is the truth.
    log.error(
      "server.failed",
      { err: failure },
      "The server cannot go on and ends now. Start it again when its store is well.",
    );
    process.exit(1);
  }
  log.info("server.stopping", {}, "Stopping: attempts under way may finish.");
  await belfry.stop();
  log.info("server.stopped", {}, "The server has stopped.");
  // A database that does not answer keeps connections open: they do not keep the process.
  if (config.databaseUrl === undefined) return;
  const end = setTimeout(() => process.exit(), 500).unref();
  // They are closed: whatever else sends its last now has its time.
  process.once("beforeExit", () => clearTimeout(end));
}

function interruption(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
