// belfry replay: sends a recording to a running server. First the place it was made in, then what was observed there.

import { type Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { type FormatName, formatNames, loadFormat, takesColumns } from "./formats/formats.ts";
import { asRecord } from "./json.ts";
import { createOperatorClient, refusal, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { printable } from "./printable.ts";
import { createProgress } from "./progress.ts";
import type { Recorded } from "./recording.ts";
import { readLines } from "./text-lines.ts";
import { createResender, replay, type Summary } from "./replaying.ts";
import type { Terminal } from "./terminal.ts";
import { nobodyTakes, type Takers, takersOf } from "./who-takes.ts";

interface ReplayOptions extends ServerOptions {
  readonly format: FormatName;
  readonly speed: number;
  readonly batch: number;
  readonly columns?: ReadonlyMap<string, string>;
  readonly sensor?: string;
  readonly again?: true;
  readonly organization?: string;
  readonly json?: true;
}

export function replayCommand(program: Command, terminal: Terminal): void {
  const line = "echo '9,07/24/05,08:30:00,3' | belfry replay /dev/stdin --format calit2";
  withExample(withServerOptions(program.command("replay <file>")), line)
    .description(
      "send a recording to a running server; waits while it is away (`redeliver` sends webhooks again instead)",
    )
    .addOption(new Option("--format <format>", "what the file is").choices(formatNames).makeOptionMandatory())
    .addOption(
      new Option("--speed <n>", "times faster than recorded: 1 is real time; or max")
        .argParser(readSpeed)
        .default(Number.POSITIVE_INFINITY, "max"),
    )
    .option("--batch <n>", "most observations in one request, 1 to 1000", readBatch, 500)
    .option("--columns <names>", "columns of a -csv file that have other names: time=ts,x=pos_x", readColumns)
    .option("--sensor <id>", "the sensor of a -csv file that has no column for it")
    .option("--again", "send it with new ids, so that what was sent before is no duplicate")
    .option("--organization <id>", "whose sensors, where several organizations have sensors of these ids")
    .option("--json", "print the result as one JSON line")
    .action((file: string, options: ReplayOptions) => run(file, options, terminal));
}

async function run(file: string, options: ReplayOptions, terminal: Terminal): Promise<void> {
  if (!takesColumns(options.format) && (options.columns !== undefined || options.sensor !== undefined)) {
    throw new CommandFailure(`${options.format} takes neither --columns nor --sensor.`, { exitCode: 2 });
  }
  const format = await loadFormat(options.format, {
    columns: options.columns ?? new Map(),
    sensor: options.sensor ?? null,
  });
  const clock = systemClock;
  const client = createOperatorClient(options, terminal);
  const { model } = format;
  const organization = options.organization ?? model?.organization.id;
  const progress = createProgress(terminal, clock, options.format);
  const job = {
    client,
    clock,
    interrupted: terminal.interrupted,
    progress,
    speed: options.speed,
    batch: options.batch,
    ...(organization !== undefined && { organization }),
  };

  const putModel = async (): Promise<void> => {
    const reply = await createResender(job).send("PUT", "/v1/building-model", JSON.stringify(model));
    if (reply !== null && reply.status >= 300) throw new CommandFailure(refusal("PUT /v1/building-model", reply));
  };
  const read = format.observations(await linesOf(file));
  const recording = options.again === true ? withNewIds(read, clock.now().toString(36)) : read;
  const summary = await replay(recording, model === null ? job : { ...job, before: putModel });
  const { accepted, duplicates } = summary;
  const takers = accepted + duplicates === 0 ? null : await takersOf(client, model?.organization.id ?? null);
  terminal.write(
    options.json
      ? `${JSON.stringify({ format: options.format, ...summary, ...takers })}\n`
      : told(options.format, summary, takers),
  );
  if (takers?.subscriptions === "none") {
    terminal.note(nobodyTakes(takers, terminal.command, client.url(), commandAgain(file, options, terminal)));
  } else if (accepted === 0 && duplicates > 0 && options.again !== true) {
    terminal.note("All of it was sent before. --again sends it with new ids.\n");
  }
  mustBeWhole(summary);
}

/** Throws for an empty file before anything is sent. */
async function linesOf(file: string): Promise<ReturnType<typeof readLines>> {
  const lines = readLines(file);
  const first = await lines.next();
  if (first.done) throw new CommandFailure(`${file} is empty.`);
  return (async function* () {
    yield first.value;
    yield* lines;
  })();
}

function mustBeWhole({ complete, rejected }: Summary): void {
  if (!complete) {
    throw new CommandFailure("Interrupted before the end; run it again to send the rest.", { exitCode: 130 });
  }
  if (rejected > 0) throw new CommandFailure(`${rejected} observation${rejected === 1 ? " was" : "s were"} rejected.`);
}

/** An id that was given stays recognizable; without one there is nothing to repeat. `mark`: of this run. */
async function* withNewIds(recording: AsyncIterable<Recorded>, mark: string): AsyncGenerator<Recorded> {
  for await (const item of recording) {
    if ("problem" in item) yield item;
    else {
      const { id, ...rest } = asRecord(JSON.parse(item.text));
      const known = typeof id === "string" || typeof id === "number";
      const renamed = `${String(id).slice(0, longestId - mark.length - 1)}-${mark}`;
      yield known ? { ...item, text: JSON.stringify({ id: renamed, ...rest }) } : item;
    }
  }
}

const longestId = 128;

/** The same command once more, with new ids. */
function commandAgain(file: string, options: ReplayOptions, { command }: Terminal): string {
  const columns = [...(options.columns ?? [])].map(([name, column]) => `${name}=${column}`).join(",");
  const given = {
    "--columns": columns === "" ? undefined : `'${columns}'`,
    "--sensor": options.sensor,
    "--url": options.url,
    "--data": options.data,
  };
  const flags = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return [command, "replay", `'${file}'`, "--format", options.format, ...flags, "--again"].join(" ");
}

function told(format: string, summary: Summary, takers: Takers | null): string {
  const rate = summary.seconds > 0 ? (summary.accepted + summary.duplicates) / summary.seconds : 0;
  const whose = takers?.organization == null ? "" : `, organization ${printable(takers.organization)}`;
  const reasons = summary.reasons.map(
    ({ line, code, message }) => `  line ${line}: ${printable(code)} ${printable(message)}\n`,
  );
  return `${format}: ${summary.accepted} accepted, ${summary.duplicates} duplicates, ${summary.rejected} rejected in ${summary.seconds} s (${rate.toFixed(0)}/s)${whose}\n${reasons.join("")}`;
}

function readSpeed(text: string): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new InvalidArgumentError("It is a number above 0, or max.");
}

function readBatch(text: string): number {
  const batch = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (batch >= 1 && batch <= 1000) return batch;
  throw new InvalidArgumentError("It is a number from 1 to 1000.");
}

/** `time=timestamp,x=pos_x` */
function readColumns(text: string): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  for (const pair of text.split(",")) {
    const [, name, column] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(pair) ?? [];
    if (name === undefined || column === undefined || columns.has(name)) {
      throw new InvalidArgumentError("Write it like time=timestamp,x=pos_x, each name once.");
    }
    columns.set(name, column);
  }
  return columns;
}
