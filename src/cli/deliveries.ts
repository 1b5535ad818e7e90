// belfry deliveries: what was and is owed on a running server, every attempt with its answer, and what an owner does about one.

import { type Command, InvalidArgumentError, Option } from "commander";
import { outcomes } from "../model/attempt.ts";
import { deliveryStates } from "../model/delivery.ts";
import { shortId } from "../words/short-id.ts";
import { deliverySentence, type ToldDelivery } from "../words/delivery.ts";
import { cell, cellOfAge } from "./cells.ts";
import { withExample } from "./example.ts";
import { asRecord, asText, type Json } from "./json.ts";
import { listSome } from "./list-all.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import {
  type ActOptions,
  factLines,
  jsonLines,
  ofOne,
  organizationHeaders,
  receiverWords,
  widthOf,
} from "./owned-things.ts";
import { noteUnknown } from "./nothing-found.ts";
import { printable } from "./printable.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface ListOptions extends ServerOptions {
  readonly organization?: string;
  readonly subscription?: string;
  readonly state?: string;
  readonly type?: string;
  readonly space?: string;
  readonly code?: string;
  readonly event?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly json?: true;
}

export function deliveriesCommand(program: Command, terminal: Terminal): void {
  const deliveries = program
    .command("deliveries")
    .description("list deliveries, say what became of them, and retry or resend them");
  withExample(deliveries, "belfry deliveries list");
  listCommand(deliveries, terminal);
  showCommand(deliveries, terminal);
  actCommand(
    deliveries,
    terminal,
    "retry",
    "try those now that wait for a later try, and end a back-off",
    ({ id, state }) => `${cell(id)} ${state === "pending" ? "is due now" : `is ${cell(state)}`}.`,
  );
  actCommand(
    deliveries,
    terminal,
    "resend",
    "deliver their events again, as new deliveries with the same body and `webhook-id`",
    ({ id }, given) => `${printable(given)} goes out again as ${cell(id)}.`,
  );
}

function listCommand(parent: Command, terminal: Terminal): void {
  withExample(withServerOptions(parent.command("list")), "belfry deliveries list --state exhausted")
    .description("list them, newest first")
    .option("--organization <id>", "those of one organization")
    .option("--subscription <id>", "those of one subscription")
    .addOption(new Option("--state <state>", "those in this state").choices(deliveryStates))
    .option("--type <name>", "those of events of this type")
    .option("--space <id>", "those about this room, zone, floor, sensor or door")
    .addOption(new Option("--code <outcome>", "those whose last attempt ended so").choices(Object.keys(outcomes)))
    .option("--event <id>", "those of one event")
    .option("--since <time>", "made then or later: epoch ms, or ISO 8601 with a zone")
    .option("--until <time>", "made before")
    .option("--limit <n>", "so many at most", wholeNumber, 50)
    .option("--json", "one JSON object a line")
    .action(async (given: ListOptions) => {
      const { organization, subscription, state, type, space, code, event, since, until, limit, json } = given;
      const client = createOperatorClient(given, terminal);
      const query = { organization, subscription, state, type, subject: space, code, event, since, until };
      const { items, more } = await listSome(client, "/v1/deliveries", query, limit);
      terminal.write(json ? jsonLines(items) : tableOf(items, terminal, subscription !== undefined));
      await noteUnknown(client, terminal, items, { organization, subscription, event });
      if (more) terminal.note(`There may be more: raise --limit (now ${limit}), or narrow the list.\n`);
    });
}

function showCommand(parent: Command, terminal: Terminal): void {
  withExample(ofOne(parent.command("show <id>")), "belfry deliveries show delivery_1")
    .description("say what became of one, attempt by attempt")
    .action(async (id: string, options: ActOptions) => {
      const path = `/v1/deliveries/${encodeURIComponent(id)}`;
      const headers = organizationHeaders(options);
      const answer = asRecord(await createOperatorClient(options, terminal).request("GET", path, undefined, headers));
      terminal.write(options.json ? jsonLines([answer]) : factsOf(answer, terminal));
    });
}

function actCommand(
  parent: Command,
  terminal: Terminal,
  act: string,
  tells: string,
  told: (answer: Json, given: string) => string,
): void {
  withExample(ofOne(parent.command(`${act} <id...>`)), `belfry deliveries ${act} delivery_1`)
    .description(tells)
    .action(async (ids: readonly string[], options: ActOptions) => {
      const client = createOperatorClient(options, terminal);
      for (const id of ids) {
        const path = `/v1/deliveries/${encodeURIComponent(id)}/${act}`;
        const answer = asRecord(await client.request("POST", path, undefined, organizationHeaders(options)));
        terminal.write(options.json ? jsonLines([answer]) : `${told(answer, id)}\n`);
      }
    });
}

/** `isOfOne`: they are of one subscription, which somebody named. On a terminal ids are cut in the middle; of others they are whole. */
function tableOf(listed: readonly Json[], terminal: Terminal, isOfOne: boolean): string {
  const receiver = (id: string): string => (terminal.redraws ? shortId(id) : id);
  const rows = listed.map((each) => {
    const last = asRecord(each["last_attempt"]);
    return [
      cell(each["id"]),
      ...(isOfOne ? [] : [receiver(cell(each["subscription"]))]),
      `${cellOfAge(Date.now() - Date.parse(asText(each["created_at"])))} ago`,
      cell(each["type"]),
      cell(each["subject"]),
      cell(each["state"]),
      cell(each["attempt_count"]),
      last["code"] === undefined ? "-" : receiverWords(last),
    ];
  });
  const head = [
    "id",
    ...(isOfOne ? [] : ["subscription"]),
    "made",
    "type",
    "about",
    "state",
    "attempts",
    "the receiver",
  ];
  return table(head, rows, widthOf(terminal));
}

function factsOf(delivery: Json, terminal: Terminal): string {
  const { attempts } = delivery;
  const told = { attempt_count: 0, due: null, last_attempt: null, ...delivery } as unknown as ToldDelivery;
  const facts: readonly (readonly [string, string])[] = [
    ["id", cell(delivery["id"])],
    ["event", `${cell(delivery["event"])} (${cell(delivery["type"])}, about ${cell(delivery["subject"])})`],
    ["subscription", cell(delivery["subscription"])],
    ["made", cell(delivery["created_at"])],
    ["state", `${cell(delivery["state"])}. ${printable(deliverySentence(told, null, Date.now()), 500)}`],
  ];
  const lines = factLines(facts);
  const rows = (Array.isArray(attempts) ? attempts.map(asRecord) : []).map((each) => [
    cell(each["attempt"]),
    cell(each["started_at"]),
    `${cell(each["duration_ms"])} ms`,
    receiverWords(each),
    each["response_encoding"] === "text" ? cell(each["response"]) : cell(each["detail"]),
  ]);
  if (rows.length === 0) return lines;
  return `${lines}\n${table(["attempt", "started", "took", "the receiver", "answer"], rows, widthOf(terminal))}`;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
