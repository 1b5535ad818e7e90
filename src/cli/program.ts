// The command line: every command is one file and registered here. A command imports what is heavy inside its action, so
// that `belfry keys` never loads the server.

import { Command, CommanderError } from "commander";
import { BelfryError, SettingError, StartError } from "../errors.ts";
import { version } from "../version.ts";
import { backupCommand } from "./backup.ts";
import { alertsCommand } from "./alerts.ts";
import { auditCommand } from "./audit.ts";
import { consoleCommand } from "./console.ts";
import { deliveriesCommand } from "./deliveries.ts";
import { demoCommand, startDemoServer } from "./demo.ts";
import type { StartDemoServer } from "./demo/stage.ts";
import { withExample } from "./example.ts";
import { explainCommand } from "./explain.ts";
import { CommandFailure } from "./failure.ts";
import { keysCommand } from "./keys.ts";
import { listenCommand } from "./listen.ts";
import { migrateStoreCommand } from "./migrate-store.ts";
import { modelCommand } from "./model.ts";
import { occupancyCommand } from "./occupancy.ts";
import { printable } from "./printable.ts";
import { recomputeCommand } from "./recompute.ts";
import { redeliverCommand } from "./redeliver.ts";
import { replayCommand } from "./replay.ts";
import { restoreCommand } from "./restore.ts";
import { sensorsCommand } from "./sensors.ts";
import { serveCommand } from "./serve.ts";
import { subscriptionsCommand } from "./subscriptions.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

export interface ProgramParts {
  /** Default: that of this process. */
  readonly terminal?: Terminal;
  /** Default: a whole server in this process. */
  readonly startDemoServer?: StartDemoServer;
  /** Why this process goes on without V8 flags that a server should have; null: it has them, or needs none. */
  readonly withoutFlags?: string | null;
}

export function createProgram(parts: ProgramParts = {}): Command {
  const terminal = parts.terminal ?? processTerminal();
  const program = new Command(terminal.command)
    .description("Self-hosted webhooks for smart buildings.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError(`(see: ${terminal.command} help)`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.write(text), writeErr: (text) => terminal.note(text) });

  serveCommand(program, terminal, parts.withoutFlags ?? null);
  demoCommand(program, terminal, parts.startDemoServer ?? startDemoServer);
  consoleCommand(program, terminal);
  replayCommand(program, terminal);
  listenCommand(program, terminal);
  keysCommand(program, terminal);
  modelCommand(program, terminal);
  occupancyCommand(program, terminal);
  explainCommand(program, terminal);
  recomputeCommand(program, terminal);
  subscriptionsCommand(program, terminal);
  deliveriesCommand(program, terminal);
  redeliverCommand(program, terminal);
  sensorsCommand(program, terminal);
  alertsCommand(program, terminal);
  backupCommand(program, terminal);
  restoreCommand(program, terminal);
  migrateStoreCommand(program, terminal);
  auditCommand(program, terminal);
  helpCommand(program);
  return withExample(program, "belfry demo");
}

/** The library's own knows one level of commands only: `belfry help keys create` would show `keys`. */
function helpCommand(program: Command): void {
  withExample(program.helpCommand(false).command("help [command...]"), "belfry help keys create")
    .description("display help for a command")
    .action((names: readonly string[]) => {
      const found = names.reduce((command, name) => {
        const next = command.commands.find((each) => each.name() === name);
        return next ?? program.error(`error: unknown command '${names.join(" ")}'`, { exitCode: 2 });
      }, program);
      found.outputHelp();
    });
}

/** Runs one command and gives the exit code: 0 done, 1 failed, 2 called wrongly, 130 interrupted before it was done. */
export async function runProgram(args: readonly string[], parts: ProgramParts = {}): Promise<number> {
  const terminal = parts.terminal ?? processTerminal();
  try {
    await createProgram({ ...parts, terminal }).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandFailure) {
      terminal.note(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof BelfryError || error instanceof StartError) {
      terminal.note(`${printable(error.message, 1000)}\n`);
      return error instanceof SettingError ? 2 : 1;
    }
    terminal.note(
      `This is a bug in belfry: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}
