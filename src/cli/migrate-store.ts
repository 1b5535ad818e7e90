// belfry migrate-store: moves the store of a stopped server into an empty database of PostgreSQL, with everything in it. Cut off, it
// goes on where it was.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { printable } from "./printable.ts";
import { createProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

interface MigrateOptions {
  readonly from: string;
  readonly to?: string;
  readonly json?: true;
}

const dayMs = 86_400_000;

export function migrateStoreCommand(program: Command, terminal: Terminal): void {
  withExample(
    program.command("migrate-store"),
    "belfry migrate-store --from ./belfry-data --to postgres://belfry@localhost/belfry",
  )
    .description("move the store of a stopped server to PostgreSQL")
    .requiredOption("--from <dir>", "data directory of the server, which must be stopped")
    .option("--to <url>", "an empty database; without it, that of BELFRY_DATABASE_URL")
    .option("--json", "print what was moved as one JSON line")
    .action((options: MigrateOptions) => migrateStore(options, terminal));
}

async function migrateStore({ from, to, json }: MigrateOptions, terminal: Terminal): Promise<void> {
  const url = to ?? terminal.env["BELFRY_DATABASE_URL"];
  if (url === undefined || url === "") {
    throw new CommandFailure("Name the database with --to postgres://user@host/name, or in BELFRY_DATABASE_URL.");
  }
  const { databaseName, loadMasterKey, moveStore } = await import("../store/move-store.ts");
  if (!existsSync(join(from, databaseName))) {
    throw new CommandFailure(`${from} has no ${databaseName}: name the data directory of the server with --from.`);
  }
  const progress = createProgress(terminal, systemClock, "Moving", "rows");
  const steps = { copying: "Copying", comparing: "Comparing" } as const;
  let step = "";
  const moved = await moveStore({
    directory: from,
    url,
    masterKey: loadMasterKey(terminal.env["BELFRY_MASTER_KEY"], from),
    clock: systemClock,
    partitionMs: dayMs,
    onProgress(doing, table, rows, of) {
      const now = `${steps[doing]} ${table}`;
      if (now !== step) progress.say(`${now} …`);
      step = now;
      progress.update(of === 0 ? 1 : rows / of, rows);
    },
    isStopped: () => terminal.interrupted.aborted,
  }).finally(progress.end);
  if (moved.status === "stopped") {
    throw new CommandFailure("Stopped before the end. Run the same command again: it goes on where it was.");
  }
  if (moved.status === "different") {
    throw new CommandFailure(
      `These tables are not the same on both sides: ${moved.tables.join(", ")}. Nothing of the old store has changed. ` +
        "Make another empty database, run this again, and report it.",
    );
  }
  const { rows, tables } = moved;
  if (json) terminal.write(`${JSON.stringify({ from, rows, tables })}\n`);
  else {
    terminal.write(
      `Moved ${rows} rows of ${tables} tables from ${printable(from)}. Both sides were compared row by row and are the same.\n` +
        `Start it with: ${terminal.command} serve --data ${printable(from)} --database-url <the database>\n` +
        "The old store does not start any more; keep it until you are content. Its master.key opens the database: keep a copy.\n",
    );
  }
}
