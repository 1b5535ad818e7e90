// belfry subscriptions: who is subscribed on a running server, how their deliveries stand, and what an owner does about it.

import { type Command, Option } from "commander";
import { subscriptionStates } from "../model/subscription.ts";
import { hostOf } from "../words/host.ts";
import { plural } from "../words/plural.ts";
import { standingOf, type Told } from "../words/subscription.ts";
import { span } from "../words/time.ts";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord, asText, type Json } from "./json.ts";
import { listAll } from "./list-all.ts";
import { createOperatorClient, type OperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import {
  type ActOptions,
  jsonLines,
  localZone,
  type OfOrganization,
  ofOne,
  organizationHeaders,
  receiverWords,
  widthOf,
} from "./owned-things.ts";
import { noteUnknown } from "./nothing-found.ts";
import { printable } from "./printable.ts";
import { subscriptionFacts, waitCell } from "./subscription-facts.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface ListOptions extends ServerOptions {
  readonly organization?: string;
  readonly dialect?: string;
  readonly state?: string;
  readonly type?: string;
  readonly json?: true;
}

const acts = {
  pause: "hold what they are owed until somebody resumes them",
  resume: "deliver again, what was held as well: ends a pause, enables, and ends a back-off",
  enable: "deliver again, what was held as well; ends a back-off; a pause stays",
  disable: "hold what they are owed until they are enabled, here or by a change through the vendor's API",
  retry: "deliver now what waits for a later try, and end a back-off",
} as const;

export function subscriptionsCommand(program: Command, terminal: Terminal): void {
  const subscriptions = program
    .command("subscriptions")
    .description("list subscriptions, say how they stand, and pause, resume, retry or test them");
  withExample(subscriptions, "belfry subscriptions list");
  listCommand(subscriptions, terminal);
  showCommand(subscriptions, terminal);
  for (const [act, tells] of Object.entries(acts)) actCommand(subscriptions, terminal, act, tells);
  testCommand(subscriptions, terminal);
}

function listCommand(parent: Command, terminal: Terminal): void {
  withExample(withServerOptions(parent.command("list")), "belfry subscriptions list --state disabled")
    .description("list them, newest first; those that do not deliver as they should say why")
    .option("--organization <id>", "those of one organization")
    .addOption(new Option("--dialect <name>", "those of one vendor's API").choices(["butlr", "butterflymx"]))
    .addOption(new Option("--state <state>", "those in this state").choices(subscriptionStates))
    .option("--type <name>", "those that take events of this type")
    .option("--json", "one JSON object a line")
    .action(async ({ organization, dialect, state, type, json, ...options }: ListOptions) => {
      const client = createOperatorClient(options, terminal);
      const listed = await listAll(client, "/v1/subscriptions", {
        organization,
        dialect,
        state,
        type,
        figures: "true",
      });
      terminal.write(json ? jsonLines(listed) : tableOf(listed, terminal));
      await noteUnknown(client, terminal, listed, { organization });
    });
}

function showCommand(parent: Command, terminal: Terminal): void {
  withExample(ofOne(parent.command("show <id>")), "belfry subscriptions show webhook_…")
    .description("say how one stands, what it takes, and which settings it has")
    .action(async (id: string, options: ActOptions) => {
      const path = `/v1/subscriptions/${encodeURIComponent(id)}?figures=true`;
      const headers = organizationHeaders(options);
      const answer = asRecord(await createOperatorClient(options, terminal).request("GET", path, undefined, headers));
      terminal.write(options.json ? jsonLines([answer]) : subscriptionFacts(answer, statusOf(answer), typesOf(answer)));
    });
}

function actCommand(parent: Command, terminal: Terminal, act: string, tells: string): void {
  withExample(ofOne(parent.command(`${act} <id...>`)), `belfry subscriptions ${act} webhook_…`)
    .description(tells)
    .action(async (ids: readonly string[], options: ActOptions) => {
      const client = createOperatorClient(options, terminal);
      for (const id of ids) {
        const answer = asRecord(await post(client, id, act, options));
        terminal.write(options.json ? jsonLines([answer]) : `${nameOf(answer)}: ${toldAct(act, answer)}\n`);
      }
    });
}

function testCommand(parent: Command, terminal: Terminal): void {
  withExample(ofOne(parent.command("test <id>")), "belfry subscriptions test webhook_… --type ROOM_OCCUPANCY")
    .description(
      "send one signed sample, marked `belfry-test: true`, and say what the receiver answered; exit 1 unless it took it",
    )
    .option("--type <name>", "the event type; default: the first that the subscription takes")
    .action(async (id: string, { type, ...options }: ActOptions & { readonly type?: string }) => {
      const client = createOperatorClient(options, terminal);
      const answer = asRecord(await post(client, id, "test", options, type === undefined ? {} : { type }));
      const said = toldTest(answer);
      const isTaken = answer["code"] === "delivered";
      if (options.json) terminal.write(jsonLines([answer]));
      else if (isTaken) terminal.write(`${said}\n`);
      if (!isTaken) throw new CommandFailure(said);
    });
}

const post = (client: OperatorClient, id: string, act: string, options: OfOrganization, body?: object) =>
  client.request("POST", `/v1/subscriptions/${encodeURIComponent(id)}/${act}`, body, organizationHeaders(options));

const standing = (subscription: Json) =>
  standingOf(
    { paused: null, disabled_reason: null, lane: { status: null }, ...subscription } as unknown as Told,
    Date.now(),
    localZone(),
  );

const sentenceOf = (subscription: Json): string => printable(standing(subscription).sentence, 500);

/** The word and the sentence, which may go on from it. */
function statusOf(subscription: Json): string {
  const { word } = standing(subscription);
  const sentence = sentenceOf(subscription);
  return sentence.toLowerCase().startsWith(word) ? `${word}${sentence.slice(word.length)}` : `${word}. ${sentence}`;
}

const nameOf = ({ id, name }: Json): string => `${cell(id)}${name ? ` (${cell(name)})` : ""}`;

/** What an act has changed. How the lane stands at that moment would tell of the time before it. */
function toldAct(act: string, answer: Json): string {
  const { state, retried } = answer;
  if (act === "retry") return `${toldRetry(Number(retried))} subscriptions show says how they fare.`;
  if (act === "enable" && state === "paused") return `${sentenceOf(answer)} enable leaves a pause: use resume.`;
  if (state !== "active") return sentenceOf(answer);
  return "Active. What is due goes out now; subscriptions retry sends what waits for a later try, too.";
}

function toldRetry(count: number): string {
  if (count === 0) return "No delivery waited for a later try; what is due goes out now.";
  return `${plural(count, "delivery", "deliveries")} that waited for a later try ${count === 1 ? "is" : "are"} due now.`;
}

/** From this on a subscription says why it does not deliver as it should. */
const troubled = 2;

function tableOf(listed: readonly Json[], terminal: Terminal): string {
  const rows = listed.map((each) => [
    cell(each["id"]),
    cell(each["name"]),
    shortTypesOf(each),
    cell(hostOf(asText(asRecord(each["endpoint"])["url"]))),
    waitCell(each),
    standing(each).word,
  ]);
  const [head, ...lines] = table(["id", "name", "takes", "goes to", "wait", "status"], rows, widthOf(terminal))
    .trimEnd()
    .split("\n");
  const told = lines.map((line, index) => {
    const { trouble } = standing(listed[index]!);
    return trouble >= troubled ? `${line}\n  ${sentenceOf(listed[index]!)}` : line;
  });
  return `${[head, ...told].join("\n")}\n`;
}

/** Each once. */
function typesOf({ bindings }: Json): readonly string[] {
  const types = Array.isArray(bindings) ? bindings.map((each) => cell(asRecord(each)["type"])) : [];
  return [...new Set(types)];
}

function shortTypesOf(subscription: Json): string {
  const [first = "-", ...others] = typesOf(subscription);
  return others.length === 0 ? first : `${first} +${others.length}`;
}

function toldTest(answer: Json): string {
  const { duration_ms: ms, detail, response, response_encoding: encoding } = answer;
  const why = typeof detail === "string" ? ` ${printable(detail, 500)}` : "";
  const body =
    typeof response === "string" && encoding === "text" ? ` It said: ${printable(response.trim(), 300)}` : "";
  const took = typeof ms === "number" ? ` after ${span(ms)}` : "";
  return `Sent ${cell(answer["type"])} as ${cell(answer["webhook_id"])}: the receiver ${receiverWords(answer)}${took}.${why}${body}`;
}
