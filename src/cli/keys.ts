// belfry keys: makes, lists and revokes keys of a running server. A secret is shown once, when it is made.

import { type Command, Option } from "commander";
import { roles } from "../model/principal.ts";
import { withExample } from "./example.ts";
import { cell } from "./cells.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";
import { listAll } from "./list-all.ts";
import { isKnown, mayCreate, tellCreated } from "./new-organization.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { printable } from "./printable.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface CreateOptions extends ServerOptions {
  readonly role: string;
  readonly for?: readonly string[];
  readonly organization?: string;
}

export function keysCommand(program: Command, terminal: Terminal): void {
  const keys = program.command("keys").description("make, list and revoke keys");

  withExample(keys, "belfry keys list");

  withExample(withServerOptions(keys.command("create")), "belfry keys create --role ingest --for acme")
    .description("make a key and print it, once, as one JSON line")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).makeOptionMandatory())
    .option(
      "--for <id>",
      "the organization, building or tenant it is for; give it several times for several of them",
      also,
    )
    .option("--organization <id>", "whose building or tenant, where several organizations have one of this id")
    .option("--json", "changes nothing: the answer is always JSON")
    .action(async (options: CreateOptions, command: Command) => {
      if (options.role === "operator" && options.for !== undefined)
        command.error("error: an operator key is for everything, so it takes no --for", { exitCode: 2 });
      if (options.role !== "operator" && options.for === undefined)
        command.error(`error: a key of role ${options.role} needs --for ID`, { exitCode: 2 });
      const client = createOperatorClient(options, terminal);
      const [organization] = options.for ?? [];
      const isNew =
        organization !== undefined &&
        !["building", "tenant"].includes(options.role) &&
        !(await isKnown(organization, client));
      if (isNew) await mayCreate(organization, terminal);
      const body = { role: options.role, ...forOf(options.for ?? []) };
      const headers = options.organization === undefined ? {} : { "belfry-organization": options.organization };
      const made = await client.request("POST", "/v1/keys", body, headers);
      const { client_id, client_secret, key } = asRecord(made);
      if (typeof key !== "string") throw new CommandFailure("The server's answer to POST /v1/keys holds no key.");
      terminal.write(`${JSON.stringify({ client_id, client_secret, key })}\n`);
      if (isNew) tellCreated(organization, terminal);
    });

  withExample(withServerOptions(keys.command("list")), "belfry keys list")
    .description("list the keys, without their secrets")
    .option("--json", "one JSON object a line")
    .action(async (options: ServerOptions & { json?: true }) => {
      const listed = await listAll(createOperatorClient(options, terminal), "/v1/keys");
      if (options.json) for (const row of listed) terminal.write(`${JSON.stringify(row)}\n`);
      else
        terminal.write(
          table(
            ["id", "role", "for", "created", "revoked"],
            listed.map((row) => [
              cell(row["client_id"]),
              cell(row["role"]),
              listedTargets(row["targets"]) ?? cell(row["organization"]),
              cell(row["created_at"]),
              cell(row["revoked_at"]),
            ]),
          ),
        );
    });

  withExample(withServerOptions(keys.command("revoke <id>")), revokeExample)
    .description("end a key at once; its id is the client_id that list and create print")
    .option("--json", "print the answer as one JSON line")
    .action(async (id: string, options: ServerOptions & { json?: true }) => {
      await createOperatorClient(options, terminal).request("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
      terminal.write(options.json ? `${JSON.stringify({ revoked: id })}\n` : `Revoked ${printable(id)}.\n`);
    });
}

/** Makes a key first, so that it works anywhere and ends nothing that is in use. */
const revokeExample = `belfry keys revoke "$(belfry keys create --role operator | cut -d '"' -f 4)"`;

const also = (id: string, before: readonly string[] = []): readonly string[] => [...before, id];

/** One is sent as text, as before there could be several. */
function forOf(ids: readonly string[]): { readonly for?: unknown } {
  return ids.length === 0 ? {} : { for: ids.length === 1 ? ids[0] : ids };
}

/** Null where a key has none. */
function listedTargets(targets: unknown): string | null {
  return Array.isArray(targets) && targets.length > 0 ? targets.map(cell).join(", ") : null;
}
