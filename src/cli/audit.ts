// belfry audit: whether the audit of a running server is as it was written.

import type { Command } from "commander";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";

export function auditCommand(program: Command, terminal: Terminal): void {
  const audit = program.command("audit").description("check the audit");

  withExample(audit, "belfry audit verify");

  withExample(withServerOptions(audit.command("verify")), "belfry audit verify")
    .description("check that no entry was changed, or removed from between others; exit 1 if one was")
    .option("--json", "print the answer as one JSON line")
    .action(async ({ json, ...options }: ServerOptions & { readonly json?: true }) => {
      const answer = asRecord(await createOperatorClient(options, terminal).request("GET", "/v1/audit/verify"));
      const { whole, entries, last_hash: hash, broken_at: brokenAt } = answer;
      if (json) terminal.write(`${JSON.stringify(answer)}\n`);
      else if (whole === true)
        terminal.write(`The audit is whole: ${cell(entries)} entries, the last one ${cell(hash)}.\n`);
      if (whole === true) return;
      throw new CommandFailure(
        `The audit is broken: entry ${cell(brokenAt)} does not follow from the one before it. One of the two was changed, or` +
          " entries between them were removed. Compare with a backup of the data directory.",
        { exitCode: 1 },
      );
    });
}
