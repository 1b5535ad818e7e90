// belfry redeliver: replay jobs of a running server. They deliver again what a subscription was owed; `belfry replay` is something
// else, and sends a recording to the server.

import { type Command, InvalidArgumentError, Option } from "commander";
import { endings } from "../model/replay.ts";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { asRecord, type Json } from "./json.ts";
import { listAll } from "./list-all.ts";
import { moment } from "./moment.ts";
import { noteUnknown } from "./nothing-found.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { organizationHeaders } from "./owned-things.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface StartOptions extends ServerOptions {
  readonly from: string;
  readonly to: string;
  readonly type?: readonly string[];
  readonly space?: readonly string[];
  readonly state?: readonly string[];
  readonly perSecond?: number;
  readonly organization?: string;
  readonly draft?: string;
  readonly building?: string;
  readonly tenant?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

interface ListOptions extends ServerOptions {
  readonly organization?: string;
  readonly subscription?: string;
  readonly json?: true;
}

const draftExample =
  "belfry redeliver start --draft butlr --type TRAFFIC --from 2026-11-29T10:00:00Z --to 2026-11-29T12:00:00Z --dry-run";
const startExample = "belfry redeliver start webhook_1 --from 2026-11-29T10:00:00Z --to 2026-11-29T12:00:00Z --dry-run";

export function redeliverCommand(program: Command, terminal: Terminal): void {
  const redeliver = program
    .command("redeliver")
    .description("deliver again what a subscription was owed between two times (`replay` sends a recording instead)");
  withExample(redeliver, "belfry redeliver list");
  startCommand(redeliver, terminal);
  listCommand(redeliver, terminal);
  oneCommand(redeliver, terminal, "show", "say how far a job is", (id) => ["GET", `/v1/replays/${id}`]);
  oneCommand(redeliver, terminal, "cancel", "add nothing more, and cancel what was added and not delivered", (id) => [
    "POST",
    `/v1/replays/${id}/cancel`,
  ]);
}

function startCommand(redeliver: Command, terminal: Terminal): void {
  withExample(withExample(withServerOptions(redeliver.command("start [subscription]")), startExample), draftExample)
    .description("begin a job; the receiver knows repeats by `webhook-id`, and jobs by the header `belfry-replay`")
    .requiredOption("--from <time>", "accepted then or later: epoch ms, or ISO 8601 with a zone")
    .requiredOption("--to <time>", "accepted before")
    .option("--type <name>", "only events of this type; give it several times for several of them", also)
    .option("--space <id>", "only of this building, floor, room, zone, sensor or door; several times for several", also)
    .addOption(
      new Option("--state <state>", "only what ended so before; several times for several")
        .argParser(oneEnding)
        .default(undefined, "all"),
    )
    .option("--per-second <n>", "deliveries a second; default: BELFRY_REPLAY_RATE of the server", wholeNumber)
    .option("--organization <id>", "whose subscription, where several organizations have one of this id")
    .option(
      "--draft <dialect>",
      "instead of a subscription: one of this dialect that does not exist; with --dry-run and --type",
    )
    .addOption(new Option("--building <id>", "the draft is for one building").conflicts("tenant"))
    .option("--tenant <id>", "the draft is for one tenant")
    .option("--dry-run", "send nothing: say what would be sent, and how long it would take")
    .option("--json", "print the answer as one JSON line")
    .action(async (named: string | undefined, options: StartOptions, command: Command) => {
      const { dryRun, json } = options;
      const refusal = mistakeIn(named, options);
      if (refusal !== null) command.error(`error: ${refusal}`, { exitCode: 2 });
      const body = {
        subscription: named ?? draftOf(options),
        from: moment(options.from),
        to: moment(options.to),
        ...(named !== undefined && options.type && { types: options.type }),
        ...(options.space && { spaces: options.space }),
        ...(options.state && { states: options.state }),
        ...(options.perSecond !== undefined && { per_second: options.perSecond }),
        ...(dryRun && { dry_run: true }),
      };
      const client = createOperatorClient(options, terminal);
      const answer = asRecord(await client.request("POST", "/v1/replays", body, organizationHeaders(options)));
      const told = dryRun ? tellDryRun(answer) : jobs([answer]);
      terminal.write(json ? `${JSON.stringify(answer)}\n` : told);
    });
}

/** What cannot be meant, and what to do; null: nothing. */
function mistakeIn(named: string | undefined, { draft, building, tenant, type, dryRun }: StartOptions): string | null {
  if ((named === undefined) === (draft === undefined)) return "name a subscription, or a draft of one: --draft DIALECT";
  if (draft === undefined) {
    return (building ?? tenant) ? "--building and --tenant are for a --draft; --space narrows what is sent" : null;
  }
  if (dryRun !== true) return "a draft can only be counted: add --dry-run";
  return type === undefined ? "name the event types of the draft: --type TYPE" : null;
}

function draftOf({ draft, building, tenant, type }: StartOptions): Json {
  const [kind, id] = building !== undefined ? ["building", building] : ["tenant", tenant];
  return { dialect: draft, types: type, ...(id !== undefined && { scope: { kind, id } }) };
}

function listCommand(redeliver: Command, terminal: Terminal): void {
  withExample(withServerOptions(redeliver.command("list")), "belfry redeliver list")
    .description("list the jobs, newest first")
    .option("--organization <id>", "those of one organization")
    .option("--subscription <id>", "those of one subscription")
    .option("--json", "one JSON object a line")
    .action(async ({ organization, subscription, json, ...options }: ListOptions) => {
      const client = createOperatorClient(options, terminal);
      const listed = await listAll(client, "/v1/replays", { organization, subscription });
      terminal.write(json ? listed.map((each) => `${JSON.stringify(each)}\n`).join("") : jobs(listed));
      await noteUnknown(client, terminal, listed, { organization, subscription });
    });
}

function oneCommand(
  redeliver: Command,
  terminal: Terminal,
  name: string,
  tells: string,
  requestOf: (id: string) => readonly [method: string, path: string],
): void {
  withExample(withServerOptions(redeliver.command(`${name} <id>`)), `belfry redeliver ${name} replay_…`)
    .description(tells)
    .option("--json", "print the answer as one JSON line")
    .action(async (id: string, options: ServerOptions & { readonly json?: true }) => {
      const [method, path] = requestOf(encodeURIComponent(id));
      const answer = asRecord(await createOperatorClient(options, terminal).request(method, path));
      terminal.write(options.json ? `${JSON.stringify(answer)}\n` : jobs([answer]));
    });
}

const jobs = (all: readonly Json[]): string =>
  table(
    ["id", "subscription", "state", "done", "looked through", "from", "to", "per second", "reason"],
    all.map((each) => [
      cell(each["id"]),
      cell(each["subscription"]),
      cell(each["state"]),
      cell(each["done"]),
      typeof each["progress"] === "number" ? `${Math.floor(each["progress"] * 100)} %` : "-",
      cell(each["from"]),
      cell(each["to"]),
      cell(each["per_second"]),
      cell(each["reason"]),
    ]),
  );

function tellDryRun(answer: Json): string {
  const list = (name: string): readonly Json[] => {
    const value = answer[name];
    return Array.isArray(value) ? value.map(asRecord) : [];
  };
  const counts = list("counts").map((each) => [cell(each["type"]), cell(each["hour"]), cell(each["count"])]);
  const lines = [
    `${cell(answer["total"])} deliveries, ${cell(answer["takes_s"])} s at ${cell(answer["per_second"])} a second. Nothing was sent.`,
  ];
  if (answer["complete"] === false) {
    lines.push(`The time was up: what was accepted after ${cell(answer["scanned_until"])} is not counted.`);
  }
  const derived = answer["derived"] === null || answer["derived"] === undefined ? null : asRecord(answer["derived"]);
  if (derived !== null) {
    lines.push(
      `${(derived["types"] as readonly string[]).join(", ")}: not kept, and worked out again from what was observed from ${cell(derived["from"])} to ${cell(derived["until"])}.`,
    );
  }
  const missing = list("not_kept");
  if (missing.length > 0) lines.push(toldMissing(missing));
  return `${counts.length === 0 ? "" : table(["type", "hour", "count"], counts)}${lines.join("\n")}\n`;
}

/** One line for all of them: the log reaches back as far for each. */
function toldMissing(missing: readonly Json[]): string {
  const types = missing.map(({ type }) => cell(type)).join(", ");
  const from = missing[0]!["log_from"];
  const log = from === null ? "is empty" : `reaches back to ${cell(from)}`;
  const why = `since nobody took ${missing.length === 1 ? "this type" : "these types"}, or nothing happened`;
  return `${types}: nothing is kept of that time, ${why}. The observation log ${log}.`;
}

const also = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function oneEnding(text: string, before: readonly string[] | undefined): readonly string[] {
  if (!(endings as readonly string[]).includes(text)) {
    throw new InvalidArgumentError(`The states are ${endings.join(", ")}; none: there was no delivery.`);
  }
  return also(text, before);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
