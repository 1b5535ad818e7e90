// belfry demo: a whole installation in one process and nothing to set up. A simulated building full of people, a server,
// a client at each vendor's front door, and a receiver that shows what arrives. Leaves nothing behind.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Belfry } from "../app.ts";
import { systemClock } from "../clock.ts";
import { readConfig } from "../config.ts";
import type { ModelDocument } from "../building/document.ts";
import { count, createTally, measure, plainLine, screen, summary, type Tally } from "./demo-screen.ts";
import { feed, morningOf } from "./demo-feed.ts";
import { CommandFailure } from "./failure.ts";
import { type Inbox, startInbox } from "./inbox.ts";
import { createLog } from "../log.ts";
import { asRecord, asText } from "./json.ts";
import { createOperatorClient, type OperatorClient } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";
import { type Client, subscribeButlr, subscribeButterflymx } from "./vendor-client.ts";

interface DemoOptions {
  readonly speed: number;
  readonly seed: number;
  readonly port: number;
  readonly for?: number;
  readonly json?: true;
}

// So long ago that days in fast motion take hours of watching to catch up with today.
const daysBack = 60;

export function demoCommand(program: Command, terminal: Terminal): void {
  program
    .command("demo")
    .description("watch it work: a simulated building, a server and a receiver, in one process and without settings")
    .option("--speed <n>", "simulated seconds in a real one", positive, 60)
    .option("--seed <n>", "another building, other people", whole, 1)
    .option("--port <port>", "of the server; 0 takes a free one", whole, 0)
    .option("--for <seconds>", "end by itself; fails if nothing was received", positive)
    .option("--json", "one JSON object a second, and one at the end")
    .action((options: DemoOptions) => demo(options, terminal));
}

async function demo(options: DemoOptions, terminal: Terminal): Promise<void> {
  const [{ startBelfry }, { createCertificates }, { createBuilding }, { people }] = await Promise.all([
    import("../app.ts"),
    import("./certificate.ts"),
    import("../simulator/building.ts"),
    import("../simulator/people.ts"),
  ]);
  const clock = systemClock;
  const folder = mkdtempSync(join(tmpdir(), "belfry-demo-"));
  const stop = new AbortController();
  const stopped = AbortSignal.any([terminal.interrupted, stop.signal]);
  const tally = createTally();
  const secrets: string[] = [];
  let inbox: Inbox | null = null;
  let server: Belfry | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const { ca, certificate, key } = await createCertificates(["127.0.0.1", "localhost"], { now: clock.now() });
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, ca);
    inbox = await startInbox({
      host: "127.0.0.1",
      port: 0,
      certificate,
      key,
      // Until the first subscription answered with its secret there is nothing to receive.
      secrets: () => secrets,
      clock,
      onReceived: (received) => count(tally, received),
    });
    const config = readConfig({
      BELFRY_DATA: join(folder, "data"),
      BELFRY_PORT: String(options.port),
      BELFRY_CA_FILE: caFile,
      BELFRY_ALLOW_NETWORKS: "127.0.0.0/8",
      BELFRY_ALLOW_LOOPBACK: "true",
    });
    server = await startBelfry(config, createLog("warn"));
    const client = createOperatorClient(
      { url: server.url, key: server.operatorKey },
      { env: {}, interrupted: stopped },
    );
    const building = createBuilding(options.seed);
    const made = await furnish(client, building, server.url, inbox.url, secrets);
    terminal.note(welcome(server.url, inbox.url, building, made));

    const { timezone, name: city } = building.sites[0]!;
    const start = morningOf(timezone, clock.now(), daysBack);
    let simulated = start;
    const show = createDisplay(terminal, options, tally, () => `${localTime(simulated, timezone)} in ${city}`);
    timer = setInterval(show, 1000);
    if (options.for !== undefined) clock.after(options.for * 1000, () => stop.abort());
    await feed({
      observations: people(options.seed, building, start),
      clock,
      speed: options.speed,
      stopped,
      onTime: (now) => (simulated = now),
      send: (batch) => send(client, batch, tally, stopped),
    });
  } finally {
    clearInterval(timer);
    stop.abort();
    await server?.stop();
    await inbox?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const { ok, bad_signature } = tally.verdicts;
  if (options.json) {
    const types = Object.fromEntries([...tally.types].map(([type, { total }]) => [type, total]));
    const { observations, rejected } = tally;
    terminal.write(`${JSON.stringify({ done: true, observations, rejected, ...tally.verdicts, types })}\n`);
  } else terminal.write(`Done. ${summary(tally)}.\n`);
  if (bad_signature > 0) throw new CommandFailure(`${bad_signature} deliveries came with a bad signature.`);
  if (options.for !== undefined && ok === 0) throw new CommandFailure("Nothing was received.");
}

interface Furnished {
  readonly organizationKey: string;
  readonly tenant: number;
}

/** Puts the building and subscribes at both front doors, as the vendors' clients do. */
async function furnish(
  operator: OperatorClient,
  building: ModelDocument,
  url: string,
  receiver: string,
  secrets: string[],
): Promise<Furnished> {
  const house = building.sites[0]!.buildings![0]!;
  await operator.request("PUT", "/v1/building-model", building);
  const keyFor = async (role: string, id: string): Promise<Client & { key: string }> => {
    const made = asRecord(await operator.request("POST", "/v1/keys", { role, for: id }));
    const [clientId, clientSecret, key] = [made["client_id"], made["client_secret"], made["key"]].map(asText);
    return { url, clientId: clientId!, clientSecret: clientSecret!, key: key! };
  };
  const organization = await keyFor("organization", building.organization.id);
  const manager = await keyFor("building", house.id);
  const tenant = house.tenants![0]!.butterflymx_id!;
  const subscriptions = [
    await subscribeButlr(organization, `${receiver}/butlr`),
    await subscribeButterflymx(manager, `buildings/${house.butterflymx_id!}`, `${receiver}/building`),
    await subscribeButterflymx(manager, `tenants/${tenant}`, `${receiver}/tenant`),
  ];
  for (const { signingSecret } of subscriptions) secrets.push(signingSecret);
  return { organizationKey: organization.key, tenant };
}

async function send(
  client: OperatorClient,
  batch: readonly object[],
  tally: Tally,
  stopped: AbortSignal,
): Promise<void> {
  const body = `${batch.map((observation) => JSON.stringify(observation)).join("\n")}\n`;
  try {
    const reply = await client.send("POST", "/v1/observations", body, "application/x-ndjson");
    const { accepted, rejected } = asRecord(reply.body);
    if (typeof accepted !== "number") throw new CommandFailure(`The server answered ${reply.status} to observations.`);
    tally.observations += accepted;
    tally.rejected += Array.isArray(rejected) ? rejected.length : 0;
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}

/** Draws once a second: in place on a terminal, a line elsewhere. */
function createDisplay(terminal: Terminal, options: DemoOptions, tally: Tally, simulated: () => string): () => void {
  let drawn = 0;
  return () => {
    measure(tally);
    if (options.json) {
      const types = Object.fromEntries([...tally.types].map(([type, { total }]) => [type, total]));
      terminal.write(
        `${JSON.stringify({ simulated: simulated(), observations: tally.observations, ...tally.verdicts, types })}\n`,
      );
    } else if (terminal.redraws) {
      const lines = screen(tally, simulated(), terminal.columns());
      terminal.write(`${drawn > 0 ? `\x1b[${drawn}F\x1b[J` : ""}${lines.join("\n")}\n`);
      drawn = lines.length;
    } else terminal.write(`${plainLine(tally, simulated())}\n`);
  };
}

function localTime(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
}

function welcome(
  url: string,
  receiver: string,
  building: ModelDocument,
  { organizationKey, tenant }: Furnished,
): string {
  const house = building.sites[0]!.buildings![0]!;
  const auth = `-H 'authorization: Bearer ${organizationKey}'`;
  const json = "-H 'content-type: application/json'";
  const entry = {
    kind: "access",
    logged_at: new Date(systemClock.now()).toISOString(),
    access_point: house.access_points![0]!.butterflymx_id,
    release_status: "Unlocked",
    name: "You",
    release_type: "Tenant",
    unit: house.units![0]!.butterflymx_id,
    tenant_id: tenant,
    entry_method: "Swipe to open",
    image_url: null,
  };
  return `${building.organization.name}, ${house.name}, ${building.sites[0]!.name}: two floors, ${house.tenants!.length} people at work.
Belfry runs at ${url}, its receiver here at ${receiver}. Ctrl-C ends.

Try, in another terminal:
  the Butlr door        curl -s ${url}/api/v3/graphql ${auth} ${json} -d '{"query":"{ webhooks { id name event_types endpoint_config { url } } }"}'
  the ButterflyMX door  curl -s ${url}/v4/buildings/${house.butterflymx_id}/integrations ${auth}
  open a door yourself  curl -s ${url}/v1/observations ${auth} ${json} -d '${JSON.stringify(entry)}'

`;
}

function positive(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError("It is a number above 0.");
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number.");
}
