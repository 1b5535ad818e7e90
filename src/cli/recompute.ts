// belfry recompute: minutes of a floor are computed again from the observation log, with everything that came late.

import type { Command } from "commander";
import { cell } from "./cells.ts";
import { withExample } from "./example.ts";
import { asRecord } from "./json.ts";
import { moment } from "./moment.ts";
import { createOperatorClient, type ServerOptions, withServerOptions } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";

interface RecomputeOptions extends ServerOptions {
  readonly organization?: string;
  readonly from: string;
  readonly to: string;
  readonly json?: true;
}

const example = "belfry recompute space_calit2 --from 2005-07-24T08:00:00Z --to 2005-07-24T09:00:00Z";

export function recomputeCommand(program: Command, terminal: Terminal): void {
  withExample(withServerOptions(program.command("recompute <space>")), example)
    .description("compute the minutes of the space's floor again, with all that came late; corrections go out")
    .requiredOption("--from <time>", "begin of the first minute: epoch ms, or ISO 8601 with a zone")
    .requiredOption("--to <time>", "end of the last minute, at most 24 hours later")
    .option("--organization <id>", "whose space, where there are several organizations")
    .option("--json", "print the answer as one JSON line")
    .action(async (space: string, { from, to, organization, json, ...options }: RecomputeOptions) => {
      const body = {
        space,
        from: moment(from),
        to: moment(to),
        ...(organization === undefined ? {} : { organization }),
      };
      const answer = asRecord(await createOperatorClient(options, terminal).request("POST", "/v1/recompute", body));
      const { minutes, floor, waiting } = answer;
      terminal.write(
        json
          ? `${JSON.stringify(answer)}\n`
          : `${cell(minutes)} minutes of floor ${cell(floor)} will be computed again; ${cell(waiting)} wait in all.\n`,
      );
    });
}
