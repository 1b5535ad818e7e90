// belfry console: a link that signs in at the console of a running server, once.

import type { Command } from "commander";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";
import { createOperatorClient, type OperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";

export function consoleCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("console")), "belfry console")
    .description("print a link that signs in at the console in a browser; it works once, for five minutes")
    .option("--json", "print the link and when it ends as one JSON line")
    .action(async ({ json, ...options }: ServerOptions & { readonly json?: true }) => {
      const link = await makeConsoleLink(createOperatorClient(options, terminal));
      terminal.write(json ? `${JSON.stringify(link)}\n` : `${link.url}\n`);
      if (!json) terminal.note("The link works once, for five minutes, with the rights of the key that made it.\n");
    });
}

export interface ConsoleLink {
  readonly url: string;
  /** ISO 8601 */
  readonly expires_at: unknown;
}

/** Under the public URL of the server, where it has one; else where the client finds it. */
export async function makeConsoleLink(client: OperatorClient): Promise<ConsoleLink> {
  const { url, path, expires_at } = asRecord(await client.request("POST", "/v1/session-links"));
  if (typeof path !== "string") {
    throw new CommandFailure("The server's answer to POST /v1/session-links holds no link.");
  }
  return { url: typeof url === "string" ? url : new URL(path, client.url()).href, expires_at };
}
