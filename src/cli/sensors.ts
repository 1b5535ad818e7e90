// belfry sensors: sensors and hives of a running server, and how they are.

import type { Command } from "commander";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { listAll } from "./list-all.ts";
import { noteUnknown } from "./nothing-found.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface SensorsOptions extends ServerOptions {
  readonly organization?: string;
  readonly floor?: string;
  readonly room?: string;
  readonly json?: true;
}

export function sensorsCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("sensors")), "belfry sensors --organization org_calit2")
    .description("list sensors and hives: online, last heard, silent, stuck, and whether the clock is right")
    .option("--organization <id>", "whose sensors, where there are several organizations")
    .option("--floor <id>", "those of one floor")
    .option("--room <id>", "those of one room")
    .option("--json", "one JSON object a line")
    .action(async ({ organization, floor, room, json, ...options }: SensorsOptions) => {
      const client = createOperatorClient(options, terminal);
      const sensors = await listAll(client, "/v1/sensors", { organization, floor, room });
      await noteUnknown(client, terminal, sensors, { organization, floor, room });
      if (json) for (const each of sensors) terminal.write(`${JSON.stringify(each)}\n`);
      else {
        const rows = sensors.map((each) => [
          cell(each["id"]),
          each["kind"] === "hive" ? "hive" : cell(each["mode"]),
          cell(each["floor"]),
          cell(each["room"]),
          each["online"] === true ? "online" : each["last_heard"] === null ? "never heard" : "offline",
          cell(each["last_heard"]),
          cell(each["silent_since"]),
          cell(each["stuck_since"]),
          cell(each["clock"]),
        ]);
        const head = ["id", "kind", "floor", "room", "state", "last heard", "silent since", "stuck since", "clock"];
        terminal.write(table(head, rows));
      }
    });
}
