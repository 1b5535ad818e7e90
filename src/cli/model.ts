// belfry model import: turns drawings of a building into a building model, to look at, to keep, or for a running server.

import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Problem } from "../errors.ts";
import { isTimeZone } from "../building/time-fields.ts";
import type { ModelDocument } from "../building/document.ts";
import { recordsOf } from "../building/records.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { readDrawings } from "./import/drawings.ts";
import { createImportLog, type ImportLog, toldOfModel } from "./import/import-log.ts";
import { type HowToImport, importFailure, type Imported, importModel } from "./import/import-model.ts";
import { mergeModels } from "./import/merge-models.ts";
import { asRecord } from "./json.ts";
import { mayCreate, tellCreated } from "./new-organization.ts";
import { createOperatorClient, refusal, type ServerOptions, withServerOptions } from "./operator-client.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

interface ImportOptions extends ServerOptions {
  readonly format?: HowToImport["format"];
  readonly organization: string;
  readonly timezone: string;
  readonly site?: string;
  readonly building?: string;
  readonly floor?: string;
  readonly rotation?: number;
  readonly fixtures?: readonly string[];
  readonly out?: string;
  readonly put?: true;
}

const example =
  `echo '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"kind": "room", "id": "room_plan"}, ` +
  `"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [8, 0], [8, 6], [0, 6], [0, 0]]]}}]}' | ` +
  "belfry model import /dev/stdin --organization acme --timezone Europe/Berlin --floor ground";

export function modelCommand(program: Command, terminal: Terminal): void {
  const model = withExample(program.command("model").description("make building models"), "belfry model import --help");

  withExample(withServerOptions(model.command("import <file...>")), example)
    .description(
      "make a building model from drawings: GeoJSON in metres, a file per floor, or the folder of an IMDF archive",
    )
    .addOption(
      new Option("--format <format>", "what the files are; a folder is imdf if absent").choices(["geojson", "imdf"]),
    )
    .requiredOption("--organization <id>", "whose building it is")
    .requiredOption("--timezone <name>", "where it stands, such as Europe/Berlin", readTimeZone)
    .option("--site <id>", "id of the site (else made from the organization's, or the venue's)")
    .option("--building <id>", "geojson: id of the building (else made from the organization's)")
    .option("--floor <id>", "geojson: id of the floor, for one file (else the file's name)")
    .option("--rotation <degrees>", "imdf: where the plan's x axis points, counter-clockwise from east", readDegrees)
    .option("--fixtures <categories>", "imdf: fixtures that become zones, such as desk,equipment", (list) =>
      list.split(","),
    )
    .addOption(new Option("--out <file>", "write the model into this file instead of printing it").conflicts("put"))
    .option("--put", "put what is drawn into the model that the server has; the rest of that stays")
    .action((files: readonly string[], options: ImportOptions, command: Command) =>
      run(files, options, command, terminal),
    );
}

async function run(
  paths: readonly string[],
  options: ImportOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  if (options.put === undefined && [options.url, options.key, options.data].some((each) => each !== undefined)) {
    command.error("error: --url, --key and --data name a server, which only --put needs", { exitCode: 2 });
  }
  const client = options.put === true ? createOperatorClient(options, terminal) : null;
  const log = createImportLog();
  const drawings = readDrawings(paths, log);
  const how = howToImport(options.format ?? (drawings.isFolder ? "imdf" : "geojson"), options);
  const misfit = misfitOf(how.format, paths, options);
  if (misfit !== null) command.error(`error: ${misfit}`, { exitCode: 2 });

  const imported = importModel(drawings, how, log);
  for (const note of log.notes) terminal.note(`${printable(note, 500)}\n`);
  if (client !== null) {
    await putModel(imported, options.organization, client, log, terminal);
    terminal.write(`${options.organization}: ${counted(imported.document)} put into the model of the server.\n`);
    return;
  }
  const text = `${JSON.stringify(imported.document, null, 2)}\n`;
  if (options.out === undefined) return terminal.write(text);
  writeModel(options.out, text);
  terminal.write(`${options.out}: ${counted(imported.document)}.\n`);
}

function howToImport(format: HowToImport["format"], options: ImportOptions): HowToImport {
  if (format === "geojson") return { format, options };
  return { format, options: { ...options, rotation: options.rotation ?? 0, fixtures: options.fixtures ?? [] } };
}

/** Why these options do not go together; null: they do. */
function misfitOf(format: HowToImport["format"], paths: readonly string[], options: ImportOptions): string | null {
  const foreign = format === "geojson" ? (["rotation", "fixtures"] as const) : (["building", "floor"] as const);
  const given = foreign.find((name) => options[name] !== undefined);
  if (given !== undefined) return `--${given} has no use with --format ${format}`;
  if (paths.length > 1 && options.floor !== undefined)
    return "--floor is for a single file; each of several is named after its own";
  return null;
}

/** Puts the drawn into the server's model of the organization, which it makes where there is none. */
async function putModel(
  { drawn }: Imported,
  organization: string,
  client: ReturnType<typeof createOperatorClient>,
  log: ImportLog,
  terminal: Terminal,
): Promise<void> {
  const path = "/v1/building-model";
  const query = `?organization=${encodeURIComponent(organization)}`;
  const present = await client.send("GET", `${path}${query}`);
  if (present.status >= 300 && present.status !== 404) throw new CommandFailure(refusal(`GET ${path}`, present));
  if (present.status === 404) await mayCreate(organization, terminal);
  const model = present.status === 404 ? drawn : mergeModels(asRecord(present.body), drawn, log.sources);
  // What somebody else changes meanwhile is not overwritten: the server refuses the model then.
  const reply = await client.send("PUT", path, JSON.stringify(model), present.etag ? { "if-match": present.etag } : {});
  if (reply.status < 300) {
    if (present.status === 404) tellCreated(organization, terminal);
    return;
  }
  const { problems } = asRecord(reply.body);
  if (!Array.isArray(problems)) throw new CommandFailure(refusal(`PUT ${path}`, reply));
  throw importFailure(
    "The server takes nothing of it",
    (problems as readonly Problem[]).map((problem) => toldOfModel(problem, model, log.sources)),
  );
}

function writeModel(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${(error as Error).message}.`, { cause: error });
  }
}

/** Such as `2 floors, 14 rooms, 3 zones, 5 doors, 0 sensors`. */
function counted(document: ModelDocument): string {
  const kinds = [...recordsOf(document)].map(({ kind }) => kind);
  return (["floor", "room", "zone", "access_point", "sensor"] as const)
    .map((kind) => {
      const count = kinds.filter((each) => each === kind).length;
      return `${count} ${kind === "access_point" ? "door" : kind}${count === 1 ? "" : "s"}`;
    })
    .join(", ");
}

function readTimeZone(name: string): string {
  if (isTimeZone(name)) return name;
  throw new InvalidArgumentError("It is an IANA time zone, such as Europe/Berlin.");
}

function readDegrees(text: string): number {
  const degrees = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(degrees) <= 360) return degrees;
  throw new InvalidArgumentError("It is a number of degrees from -360 to 360.");
}
