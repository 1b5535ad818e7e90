// belfry occupancy: how many people the spaces of a running server hold.

import type { Command } from "commander";
import { cell, cellOfAge } from "./cells.ts";
import { withExample } from "./example.ts";
import { asRecord, type Json } from "./json.ts";
import { listAll, queryOf } from "./list-all.ts";
import { noteUnknown } from "./nothing-found.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface OccupancyOptions extends ServerOptions {
  readonly organization?: string;
  readonly json?: true;
}

/** Minutes shown of one space; --json shows all of the last day. */
const shownMinutes = 10;

export function occupancyCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("occupancy [space]")), "belfry occupancy space_calit2")
    .description("show how many people spaces hold: all of them, or one with its last minutes")
    .option("--organization <id>", "whose spaces, where there are several organizations")
    .option("--json", "one JSON object a line")
    .action(async (space: string | undefined, options: OccupancyOptions) => {
      const client = createOperatorClient(options, terminal);
      const { organization, json } = options;
      const spaces =
        space === undefined
          ? await listAll(client, "/v1/occupancy", { organization })
          : [asRecord(await client.request("GET", `/v1/occupancy${queryOf({ space, organization })}`))];
      await noteUnknown(client, terminal, spaces, { organization });
      if (json) for (const each of spaces) terminal.write(`${JSON.stringify(each)}\n`);
      else {
        terminal.write(spacesTable(spaces));
        if (space !== undefined) terminal.write(`\n${minutesTable(spaces[0]!)}`);
      }
    });
}

function spacesTable(spaces: readonly Json[]): string {
  return table(
    ["space", "level", "name", "people", "age", "sensors heard", "by doors"],
    spaces.map((space) => {
      const [presence, traffic] = [asRecord(space["presence"]), asRecord(space["traffic"])];
      return [
        cell(space["space"]),
        cell(space["level"]),
        cell(space["name"]),
        presence["value"] === null ? "unknown" : cell(presence["value"]),
        cellOfAge(presence["age_ms"]),
        `${cell(presence["heard"])} of ${cell(presence["sensors"])}`,
        cell(traffic["value"]),
      ];
    }),
  );
}

/** The last minutes of both estimates, side by side. */
function minutesTable(space: Json): string {
  const minutes = asRecord(space["minutes"]);
  const [presence, traffic] = [minutesOf(minutes["presence"]), minutesOf(minutes["traffic"])];
  const last = [...new Set([...presence.keys(), ...traffic.keys()])].toSorted().slice(-shownMinutes);
  return table(
    ["minute", "people", "least", "most", "mean", "seconds", "revision", "by doors"],
    last.map((at) => {
      const seen = presence.get(at) ?? {};
      return [
        cell(at),
        ...["value", "min", "max", "mean", "observed_s", "revision"].map((field) => cell(seen[field])),
        cell(traffic.get(at)?.["value"]),
      ];
    }),
  );
}

function minutesOf(series: unknown): ReadonlyMap<string, Json> {
  const { data } = asRecord(series);
  const items = Array.isArray(data) ? data.map(asRecord) : [];
  return new Map(items.map((item) => [String(item["at"]), item]));
}
