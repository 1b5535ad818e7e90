// belfry serve: the server as a process. Says that it is ready in one JSON line on stdout; everything else goes to stderr.

import { Command } from "commander";
import { startBelfry } from "../app.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";

interface Flags {
  readonly host?: string;
  readonly port?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly role?: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the server: both front doors, the operator API and the deliveries")
    .option("--host <address>", "address to listen on (BELFRY_HOST, 127.0.0.1)")
    .option("--port <number>", "port to listen on, 0 for a free one (BELFRY_PORT, 8080)")
    .option("--data <directory>", "where the store and the keys live (BELFRY_DATA, ./belfry-data)")
    .option("--database-url <url>", "PostgreSQL instead of the embedded store (BELFRY_DATABASE_URL; not built in yet)")
    .option("--role <role>", "all, api or delivery (BELFRY_ROLE, all)")
    .action(serve);
}

async function serve(flags: Flags): Promise<void> {
  const config = readConfig(process.env, {
    BELFRY_HOST: flags.host,
    BELFRY_PORT: flags.port,
    BELFRY_DATA: flags.data,
    BELFRY_DATABASE_URL: flags.databaseUrl,
    BELFRY_ROLE: flags.role,
  });
  const log = createLog(config.logLevel);
  const belfry = await startBelfry(config, log);
  if (belfry.newOperatorKey !== null) {
    process.stderr.write(
      `The operator key, shown this once and kept in ${config.data}/operator.key:\n${belfry.newOperatorKey}\n`,
    );
  }
  process.stdout.write(`${JSON.stringify({ ready: true, url: belfry.url })}\n`);

  const signal = await Promise.race([stopSignal(), belfry.broken.then((error) => ({ error }))]);
  if (typeof signal === "object") {
    // What is in memory can no longer be trusted to reach the disk: end at once, the log of the store is the truth.
    log.error({ err: signal.error }, "The store failed. Belfry ends; start it again when the disk is well.");
    process.exit(1);
  }
  log.info({ signal }, "Stopping: running attempts may finish.");
  await belfry.stop();
}

/** The second signal ends the process the hard way. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}
