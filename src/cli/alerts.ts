// belfry alerts: where a running server sends alerts, and a test of it.

import { type Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { alertForms, type AlertForm, alertKinds } from "../model/alert.ts";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord, type Json } from "./json.ts";
import { listAll } from "./list-all.ts";
import { noteUnknown } from "./nothing-found.ts";
import { createOperatorClient, type OperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { waitFor } from "./waiting.ts";

interface Options extends ServerOptions {
  readonly organization?: string;
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly form?: AlertForm;
  readonly kind?: readonly string[];
  readonly building?: string;
  readonly tenant?: string;
}

export function alertsCommand(program: Command, terminal: Terminal): void {
  const alerts = program.command("alerts").description("say where Belfry reports trouble, and test it");
  withExample(alerts, "belfry alerts list");

  withExample(withServerOptions(alerts.command("list")), "belfry alerts list")
    .description("list the URLs that get alerts, newest first")
    .option("--organization <id>", "those of one organization")
    .option("--json", "one JSON object a line")
    .action(async ({ organization, json, ...options }: Options) => {
      const client = createOperatorClient(options, terminal);
      const listed = await listAll(client, "/v1/alerts", { organization });
      terminal.write(json ? listed.map((each) => `${JSON.stringify(each)}\n`).join("") : tableOf(listed));
      await noteUnknown(client, terminal, listed, { organization });
    });

  addCommand(alerts, terminal);

  withExample(withServerOptions(alerts.command("remove <id>")), "belfry alerts remove alert_…")
    .description("send alerts there no more")
    .action(async (id: string, options: ServerOptions) => {
      await createOperatorClient(options, terminal).request("DELETE", pathOf(id));
      terminal.write(`${cell(id)} gets no more alerts.\n`);
    });

  withExample(withServerOptions(alerts.command("test <id>")), "belfry alerts test alert_…")
    .description("send a test there, and say what came of it")
    .option("--json", "print the delivery as one JSON line")
    .action(async (id: string, { json, ...options }: Options) => {
      const client = createOperatorClient(options, terminal);
      const { delivery } = asRecord(await client.request("POST", `${pathOf(id)}/test`));
      const sent = await firstAttempt(client, terminal, String(delivery));
      if (json) return terminal.write(`${JSON.stringify(sent)}\n`);
      const { status, detail, code } = asRecord(sent["last_attempt"]);
      if (sent["state"] === "delivered")
        return terminal.write(`The test arrived: the receiver answered ${cell(status)}.\n`);
      const why =
        code === undefined ? "is still waiting" : `did not arrive: ${cell(detail ?? code).replace(/\.$/, "")}`;
      throw new CommandFailure(`The test ${why}. \`${terminal.command} alerts list --json\` says how the lane stands.`);
    });
}

function addCommand(alerts: Command, terminal: Terminal): void {
  withExample(
    withServerOptions(alerts.command("add <url>")),
    "belfry alerts add https://hooks.slack.com/services/… --form slack",
  )
    .description(
      "send alerts to a URL: of all kinds unless you choose. The first comes ten seconds after trouble began, reminders" +
        " every 6 or 24 hours while it lasts, and one when it is over",
    )
    .addOption(new Option("--form <form>", "how they are written").choices(alertForms).default("json"))
    .addOption(
      new Option("--kind <kind>", "only of this kind; several times for several")
        .argParser(oneKind)
        .default(undefined, "all"),
    )
    .option("--organization <id>", "only what concerns this organization")
    .option("--building <id>", "only subscriptions of this building and its tenants")
    .option("--tenant <id>", "only subscriptions of this tenant")
    .option("--json", "print the answer as one JSON line")
    .action(async (url: string, { form, kind, organization, building, tenant, json, ...options }: AddOptions) => {
      const body = {
        url,
        form,
        ...(kind && { kinds: kind }),
        ...(building && { building }),
        ...(tenant && { tenant }),
      };
      const headers = organization === undefined ? {} : { "belfry-organization": organization };
      const client = createOperatorClient(options, terminal);
      const made = asRecord(await client.request("POST", "/v1/alerts", body, headers));
      if (json) return terminal.write(`${JSON.stringify(made)}\n`);
      terminal.write(tableOf([made]));
      terminal.write(`Signing secret, shown once: ${cell(made["signing_secret"])}\n`);
      terminal.note(`Try it: ${terminal.command} alerts test ${cell(made["id"])}\n`);
    });
}

const pathOf = (id: string): string => `/v1/alerts/${encodeURIComponent(id)}`;

const tableOf = (all: readonly Json[]): string =>
  table(
    ["id", "of", "form", "kinds", "state", "url"],
    all.map((each) => [
      cell(each["id"]),
      cell(each["tenant"] ?? each["building"] ?? each["organization"] ?? "everything"),
      cell(each["form"]),
      Array.isArray(each["kinds"]) ? each["kinds"].map(cell).join(" ") : "all",
      cell(each["state"]),
      cell(each["url"]),
    ]),
  );

const lookEveryMs = 250;
const looks = 80;

/** The delivery once an attempt was made, or after 20 s as it is. */
async function firstAttempt(client: OperatorClient, terminal: Terminal, delivery: string): Promise<Json> {
  for (let look = 0; ; look++) {
    const found = asRecord(await client.request("GET", `/v1/deliveries/${encodeURIComponent(delivery)}`));
    if (Number(found["attempt_count"]) > 0 || look >= looks) return found;
    await waitFor(systemClock, lookEveryMs, terminal.interrupted);
  }
}

function oneKind(text: string, before: readonly string[] | undefined): readonly string[] {
  if (!(alertKinds as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`The kinds are ${alertKinds.join(", ")}.`);
  }
  return [...(before ?? []), text];
}
