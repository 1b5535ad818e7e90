// belfry serve: the server as a process. Says that it is ready in one JSON line on stdout; everything else goes to stderr.

import { join } from "node:path";
import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

interface Flags {
  readonly host?: string;
  readonly port?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly role?: string;
  readonly newOperatorKey?: true;
}

export function serveCommand(program: Command, terminal: Terminal): void {
  program
    .command("serve")
    .description("run the server: both vendors' APIs, the operator API and the deliveries")
    .option("--host <address>", "address to listen on (BELFRY_HOST, 127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for a free one (BELFRY_PORT, 8080)")
    .option("--data <directory>", "where the store and the keys live (BELFRY_DATA, ./belfry-data)")
    .option("--database-url <url>", "PostgreSQL instead of the embedded store (BELFRY_DATABASE_URL; not built in yet)")
    .option("--role <role>", "all, api or delivery (BELFRY_ROLE, all)")
    .option("--new-operator-key", "make a new operator key, where the one there is was lost")
    .action((flags: Flags) => serve(flags, terminal));
}

async function serve(flags: Flags, terminal: Terminal): Promise<void> {
  const { readConfig } = await import("../config.ts");
  const config = readConfig(terminal.env, {
    BELFRY_HOST: flags.host,
    BELFRY_PORT: flags.port,
    BELFRY_DATA: flags.data,
    BELFRY_DATABASE_URL: flags.databaseUrl,
    BELFRY_ROLE: flags.role,
  });
  const [{ startBelfry }, { createLog }] = await Promise.all([import("../app.ts"), import("../log.ts")]);
  const log = createLog(config.logLevel);
  const belfry = await startBelfry(config, log, flags.newOperatorKey);
  if (belfry.newOperatorKey) {
    terminal.note(
      `The operator key, shown this once and kept in ${join(config.data, "operator.key")}:\n${belfry.operatorKey}\n`,
    );
  }
  terminal.write(`${JSON.stringify({ ready: true, url: belfry.url })}\n`);

  const failure = await Promise.race([interruption(terminal.interrupted), belfry.broken]);
  if (failure !== null) {
    // What memory holds can no longer be trusted to reach the disk: end at once, the store as it is there is the truth.
    log.error({ err: failure }, "The server cannot go on and ends now. Start it again when its store is well.");
    process.exit(1);
  }
  log.info({}, "Stopping: attempts under way may finish.");
  await belfry.stop();
}

function interruption(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
