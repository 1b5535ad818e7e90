// belfry explain: why a space counts as it does at a moment.

import type { Command } from "commander";
import { cell, cellOfAge } from "./cells.ts";
import { withExample } from "./example.ts";
import { asRecord, type Json } from "./json.ts";
import { queryOf } from "./list-all.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface ExplainOptions extends ServerOptions {
  readonly organization?: string;
  readonly at?: string;
  readonly json?: true;
}

export function explainCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("explain <space>")), "belfry explain space_calit2")
    .description("tell why a space counts as it does: sensors, frames, people as merged, corrections")
    .option("--at <time>", "the moment: epoch ms, or ISO 8601 with a zone (else now)")
    .option("--organization <id>", "whose space, where there are several organizations")
    .option("--json", "print the answer as one JSON line")
    .action(async (space: string, { at, organization, json, ...options }: ExplainOptions) => {
      const client = createOperatorClient(options, terminal);
      const answer = asRecord(await client.request("GET", `/v1/explain${queryOf({ space, organization, at })}`));
      terminal.write(json ? `${JSON.stringify(answer)}\n` : told(answer));
    });
}

function told(answer: Json): string {
  const log = asRecord(answer["explained"]);
  const heading = `${cell(answer["name"])} (${cell(answer["level"])} ${cell(answer["space"])}) at ${cell(answer["at"])}`;
  const parts =
    answer["explained"] === null
      ? [`${heading}\n${notExplained(answer)}\n`]
      : [`${heading}: ${people(log["value"])}\n`, sensorsTable(log), peopleTable(log), minuteText(answer, log)];
  return [...parts, revisionsTable(answer)].filter((part) => part !== "").join("\n");
}

const people = (value: unknown): string =>
  value === null ? "unknown" : `${cell(value)} ${value === 1 ? "person" : "people"}`;

function notExplained({ log, kept_from: kept }: Json): string {
  if (log === "too_much") return "The floor said more around this minute than is read for one answer.";
  if (kept === null) return "The observation log is empty.";
  return `The observation log is kept from ${cell(kept)} only.`;
}

function sensorsTable(log: Json): string {
  const rows = list(log["sensors"]).map((sensor) => {
    const frame = asRecord(sensor["last_frame"]);
    const masked = Array.isArray(frame["masked"]) ? frame["masked"].length : undefined;
    const figures = [cell(frame["at"]), cellOfAge(frame["lag_ms"]), cell(frame["people"]), cell(masked)];
    return [cell(sensor["id"]), cell(sensor["state"]), ...figures, cell(sensor["clock"])];
  });
  return table(["sensor", "state", "last frame", "lag", "people", "masked", "clock"], rows);
}

function peopleTable(log: Json): string {
  const rows = list(log["people"]).map(({ at, sensors, counts }) => [
    Array.isArray(at) ? at.map(cell).join(", ") : "-",
    Array.isArray(sensors) ? sensors.map(cell).join(" + ") : "-",
    cell(counts),
  ]);
  return rows.length === 0 ? "" : table(["person at", "seen by", "counts"], rows);
}

function minuteText({ stored }: Json, log: Json): string {
  const minute = asRecord(log["minute"]);
  const late = asRecord(minute["late"]);
  const computed = asRecord(minute["computed"]);
  const known = minute["computed"] === null ? "not observed for 15 seconds" : people(computed["value"]);
  const seconds = minute["computed"] === null ? "" : `, ${cell(computed["observed_s"])} s observed`;
  const kept = stored === null ? "not stored" : `stored as ${cell(asRecord(stored)["value"])}`;
  const tooLate = minute["with_too_late"];
  const change = tooLate === null ? "" : `; with what came too late ${people(asRecord(tooLate)["value"])}`;
  return `Minute ${cell(minute["at"])}: ${known}${seconds}, ${kept}, ${cell(late["count"])} frames came late${change}\n`;
}

function revisionsTable(answer: Json): string {
  const rows = list(answer["revisions"]).map((each) => [
    cell(each["revision"]),
    cell(each["value"]),
    cell(each["event"]),
    cell(each["accepted_at"]),
    Object.entries(asRecord(each["deliveries"]))
      .map(([state, count]) => `${cell(count)} ${cell(state)}`)
      .join(", ") || "nobody takes it",
  ]);
  return rows.length === 0 ? "" : table(["revision", "people", "event", "accepted", "deliveries"], rows);
}

const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asRecord) : []);
