// belfry demo: a whole installation in one process and nothing to set up. A simulated building full of people, a server,
// a client of each vendor's API, and a receiver that shows what arrives. Leaves nothing behind.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../clock.ts";
import { flagsInForce, givenFlags } from "../v8-flags.ts";
import { makeConsoleLink } from "./console.ts";
import { count, createPlain, createTally, measure, screen, summary, type ScreenTally } from "./demo-screen.ts";
import { feed, morningOf } from "./demo-feed.ts";
import { furnish, welcome } from "./demo-house.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import { type Inbox, type NamedSecret, startInbox } from "./inbox.ts";
import { asRecord } from "./json.ts";
import { readPort } from "./listen.ts";
import { createOperatorClient, Interrupted, type OperatorClient } from "./operator-client.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";
import type { Terminal } from "./terminal.ts";

/** What the demo asks of a server. */
export interface DemoServerOptions {
  /** Data directory, empty. */
  readonly data: string;
  readonly port: number;
  /** PEM file of an authority that deliveries shall trust beside the usual ones. */
  readonly caFile: string;
  readonly allowNetworks: readonly string[];
  readonly allowLoopback: boolean;
}

export interface DemoServer {
  readonly url: string;
  readonly operatorKey: string;
  stop(): Promise<void>;
}

export type StartDemoServer = (options: DemoServerOptions) => Promise<DemoServer>;

/** A whole server in this process. The composition root and its libraries are loaded only now. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const [{ startBelfry }, { readConfig }, { createLog }] = await Promise.all([
    import("../app.ts"),
    import("../config/config.ts"),
    import("../log.ts"),
  ]);
  const config = readConfig({
    BELFRY_DATA: options.data,
    BELFRY_PORT: String(options.port),
    BELFRY_CA_FILE: options.caFile,
    BELFRY_ALLOW_NETWORKS: options.allowNetworks.join(","),
    BELFRY_ALLOW_LOOPBACK: String(options.allowLoopback),
  });
  return startBelfry(config, createLog("warn"));
}

interface DemoOptions {
  readonly speed: number;
  readonly seed: number;
  readonly port: number;
  readonly for?: number;
  readonly json?: true;
}

// So long ago that days in fast motion take hours of watching to catch up with today, on the same day of the week.
const daysBack = 63;

export function demoCommand(program: Command, terminal: Terminal, startServer: StartDemoServer): void {
  withExample(program.command("demo"), "belfry demo --for 10")
    .description("watch it work: a simulated building, a server and a receiver, in one process and without settings")
    .option("--speed <n>", "simulated seconds in a real one", positive, 60)
    .option("--seed <n>", "another building, other people", whole, 1)
    .option("--port <port>", "of the server; 0 takes a free one", readPort, 0)
    .option("--for <seconds>", "end by itself; fails if nothing was received", positive)
    .option("--json", "one JSON object a second, and one at the end")
    .action((options: DemoOptions) => demo(options, terminal, startServer));
}

async function demo(options: DemoOptions, terminal: Terminal, startServer: StartDemoServer): Promise<void> {
  const [{ createCertificates }, { createBuilding }, { simulateDays }] = await Promise.all([
    import("./certificate.ts"),
    import("../simulator/building.ts"),
    import("../simulator/simulate.ts"),
  ]);
  const clock = systemClock;
  const folder = makeTemporaryFolder("belfry-demo-");
  const stop = new AbortController();
  const stopped = AbortSignal.any([terminal.interrupted, stop.signal]);
  const tally = createTally();
  const secrets: NamedSecret[] = [];
  let inbox: Inbox | null = null;
  let server: DemoServer | null = null;
  let timer: NodeJS.Timeout | undefined;
  let show = (): void => {};
  const goOn = (): void => {
    if (stopped.aborted) throw new Interrupted(null);
  };
  try {
    const { ca, certificate, key } = await createCertificates(["127.0.0.1", "localhost"], { now: clock.now() });
    const caFile = join(folder.path, "ca.pem");
    writeFileSync(caFile, ca);
    inbox = await startInbox({
      host: "127.0.0.1",
      port: 0,
      certificate,
      key,
      // Until the first subscription answered with its secret there is nothing to receive.
      secrets: () => secrets,
      clock,
      onReceived: (received) => {
        const waiting = tally.first === null;
        count(tally, received);
        // What everybody waits for is shown at once.
        if (waiting && tally.first !== null) show();
      },
    });
    goOn();
    server = await startServer({
      data: join(folder.path, "data"),
      port: options.port,
      caFile,
      allowNetworks: ["127.0.0.0/8"],
      allowLoopback: true,
    });
    goOn();
    const client = createOperatorClient(
      { url: server.url, key: server.operatorKey },
      { command: terminal.command, env: {}, interrupted: stopped },
    );
    const building = createBuilding(options.seed);
    const made = await furnish(client, building, server.url, inbox.url, secrets);
    const { url: consoleLink } = await makeConsoleLink(client);
    terminal.note(`Open the console, signed in (works once, for five minutes):\n  ${consoleLink}\n\n`);
    terminal.note(`Node ${process.version} with ${flagsInForce(givenFlags(process)).join(" ") || "no V8 flags"}.\n`);
    terminal.note(welcome(server.url, inbox.url, building, made, clock.now()));

    const { timezone, name: city } = building.sites[0]!;
    const start = morningOf(timezone, clock.now(), daysBack);
    let simulated = start;
    show = createDisplay(terminal, options, tally, () => `${localTime(simulated, timezone)} in ${city}`);
    timer = setInterval(() => show(), 1000);
    if (options.for !== undefined) clock.after(options.for * 1000, () => stop.abort());
    await feed({
      observations: simulateDays(options.seed, building, start),
      clock,
      speed: options.speed,
      stopped,
      onTime: (now) => (simulated = now),
      send: (batch) => send(client, batch, tally, stopped),
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    clearInterval(timer);
    show = () => {};
    stop.abort();
    await server?.stop();
    await inbox?.stop();
    folder.remove();
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

async function send(
  client: OperatorClient,
  batch: readonly object[],
  tally: ScreenTally,
  stopped: AbortSignal,
): Promise<void> {
  const body = `${batch.map((observation) => JSON.stringify(observation)).join("\n")}\n`;
  try {
    const reply = await client.send("POST", "/v1/observations", body, { "content-type": "application/x-ndjson" });
    const { accepted, rejected } = asRecord(reply.body);
    if (typeof accepted !== "number") throw new CommandFailure(`The server answered ${reply.status} to observations.`);
    tally.observations += accepted;
    tally.rejected += Array.isArray(rejected) ? rejected.length : 0;
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}

/** Draws once a second: in place on a terminal, a line elsewhere. */
function createDisplay(
  terminal: Terminal,
  options: DemoOptions,
  tally: ScreenTally,
  simulated: () => string,
): () => void {
  let drawn = 0;
  const plain = createPlain(tally);
  return () => {
    measure(tally);
    if (options.json) {
      const types = Object.fromEntries([...tally.types].map(([type, { total }]) => [type, total]));
      terminal.write(
        `${JSON.stringify({ simulated: simulated(), observations: tally.observations, ...tally.verdicts, types })}\n`,
      );
    } else if (terminal.redraws) {
      const lines = screen(tally, simulated(), terminal.columns(), terminal.rows());
      terminal.write(`${drawn > 0 ? `\x1b[${drawn}F\x1b[J` : ""}${lines.join("\n")}\n`);
      drawn = lines.length;
    } else for (const line of plain(simulated())) terminal.write(`${line}\n`);
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

function positive(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError("It is a number above 0.");
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number.");
}
