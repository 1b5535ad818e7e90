// belfry serve: the server as a process. Says that it is ready in one JSON line on stdout; everything else goes to stderr.

import { join } from "node:path";
import type { Command } from "commander";
import { type Flags as SettingFlags, readConfig } from "../config/config.ts";
import { version } from "../version.ts";
import { withExample } from "./example.ts";
import { withSettings } from "./settings-help.ts";
import type { Terminal } from "./terminal.ts";

interface Flags extends SettingFlags {
  readonly newOperatorKey?: true;
}

export function serveCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command("serve")
    .description("run the server: both vendors' APIs, the operator API and the deliveries")
    .option("--new-operator-key", "make a new operator key, where the old one was lost")
    .action((flags: Flags) => serve(flags, terminal));
  withExample(withSettings(command), "belfry serve --data ./belfry-data --retention-events 30d");
}

async function serve({ newOperatorKey, ...flags }: Flags, terminal: Terminal): Promise<void> {
  const config = readConfig(terminal.env, flags);
  const [{ startBelfry }, { createLog }] = await Promise.all([import("../app.ts"), import("../log.ts")]);
  const log = createLog(config.logLevel);
  const belfry = await startBelfry(config, log, newOperatorKey);
  if (belfry.newOperatorKey) {
    terminal.note(
      `The operator key, shown this once and kept in ${join(config.data, "operator.key")}:\n${belfry.operatorKey}\n`,
    );
  }
  log.info("server.started", { url: belfry.url, version }, "The server is ready.");
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
}

function interruption(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
