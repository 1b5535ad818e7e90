// belfry demo: a whole installation in one process and nothing to set up. A simulated building full of people, a server,
// a client of each vendor's API, and a receiver that shows what arrives. Leaves nothing behind.

import { type Command, InvalidArgumentError } from "commander";
import type { ModelDocument } from "../building/document.ts";
import { systemClock } from "../clock.ts";
import { flagsInForce, givenFlags } from "../v8-flags.ts";
import { makeConsoleLink } from "./console.ts";
import { createDisplay, type Display } from "./demo/display.ts";
import { createFeed } from "./demo/feed.ts";
import {
  type Clients,
  computeMorning,
  curlLines,
  furnish,
  houseInTheMorning,
  morningMs,
  subscribe,
  yourEntry,
} from "./demo/house.ts";
import { isDown } from "./demo/flaky.ts";
import type { Scene } from "./demo/picture.ts";
import {
  createStage,
  type DemoServer,
  type DemoServerOptions,
  type Opened,
  type StageOptions,
  type StartDemoServer,
} from "./demo/stage.ts";
import { count, createMeter, createTally, summary, type Tally } from "./demo/tally.ts";
import { look, nothingSeen } from "./demo/watch.ts";
import { withExample } from "./example.ts";
import { CommandFailure } from "./failure.ts";
import type { NamedSecret } from "./local-receiver.ts";
import { asRecord } from "./json.ts";
import { readPort } from "./listen.ts";
import { Interrupted, type OperatorClient } from "./operator-client.ts";
import type { Terminal } from "./terminal.ts";
import { waitFor } from "./waiting.ts";

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
    BELFRY_INBOX: "true",
    // So that one sees the flaky receiver catch up.
    BELFRY_RETRY_DELAYS: "2s,4s,8s,10s,10s,10s,1m,5m,1h",
  });
  return startBelfry(config, createLog("warn"));
}

interface DemoOptions {
  readonly seed: number;
  readonly port: number;
  readonly for?: number;
  readonly json?: true;
}

export function demoCommand(program: Command, terminal: Terminal, startServer: StartDemoServer): void {
  withExample(program.command("demo"), "belfry demo --for 10")
    .description("watch it work: a simulated building, a server and receivers, in one process and without settings")
    .option("--seed <n>", "another building, other people", whole, 1)
    .option("--port <port>", "of the server; 0 takes a free one", readPort, 0)
    .option("--for <seconds>", "end by itself; fails if nothing was received", positive)
    .option("--json", "one JSON object a second, and one at the end")
    .action((options: DemoOptions) => demo(options, terminal, startServer));
}

/** Presence sensors say so often that nobody is there. */
const emptyFrameMs = 4_000;

/** A run of the demo. */
interface Run {
  readonly options: DemoOptions;
  readonly terminal: Terminal;
  readonly tally: Tally;
  /** Of the subscriptions, as they are made. */
  readonly secrets: NamedSecret[];
  readonly stopped: AbortSignal;
  readonly quit: () => void;
  /** Monotonic, when the receivers began to get what is live. */
  begun: number;
  /** Once there is something to show, until the end. */
  display: Display | null;
}

async function demo(options: DemoOptions, terminal: Terminal, startServer: StartDemoServer): Promise<void> {
  const stop = new AbortController();
  const stopped = AbortSignal.any([terminal.interrupted, stop.signal]);
  const quit = (): void => stop.abort();
  const run: Run = {
    options,
    terminal,
    tally: createTally(),
    secrets: [],
    stopped,
    quit,
    begun: Infinity,
    display: null,
  };
  const stage = createStage({
    ...receiverOf(run),
    port: options.port,
    startServer,
    command: terminal.command,
    stopped,
  });
  try {
    await perform(run, await stage.open());
  } catch (error) {
    if (!(error instanceof Interrupted) && !stopped.aborted) throw error;
  } finally {
    run.display = null;
    quit();
    await stage.close();
  }
  conclude(options, terminal, run.tally);
}

const receiverOf = (run: Run): Pick<StageOptions, "secrets" | "answer" | "onReceived"> => ({
  // Until the first subscription answered with its secret there is nothing to receive.
  secrets: () => run.secrets,
  answer: (_, path) => ({
    status: path === "/flaky-partner" && isDown(systemClock.monotonic() - run.begun) ? 503 : 204,
    delayMs: 0,
  }),
  onReceived(received) {
    const isFirst = run.tally.first === null;
    count(run.tally, received, received.path === "/concierge");
    // What everybody waits for is shown at once.
    if (isFirst && run.tally.first !== null) run.display?.draw();
  },
});

/** Furnishes the house, brings its morning in, and shows its day until somebody stops it. */
async function perform(run: Run, { url, receiver, client }: Opened): Promise<void> {
  const { terminal, options, tally, stopped } = run;
  const newLink = async (): Promise<string> =>
    `Open the console, signed in (works once, for five minutes):\n  ${(await makeConsoleLink(client)).url}\n\n`;
  terminal.note(await newLink());

  const { building, feeding } = await simulated(run, client);
  const clients = await furnish(client, building, url);
  if (options.json) {
    terminal.note(`Node ${process.version} with ${flagsInForce(givenFlags(process)).join(" ") || "no V8 flags"}.\n`);
  }
  terminal.note("Loading the morning of the house: three hours of what its sensors saw.\n");
  await feeding.catchUp();
  await computeMorning(client, building, systemClock, stopped);
  if (stopped.aborted) throw new Interrupted(null);
  await feeding.catchUp();
  await subscribe(client, clients, building, receiver, run.secrets);
  tally.observations.total = 0;
  run.begun = systemClock.monotonic();

  const display = createDisplay(terminal, options, sceneOf(building, url, tally));
  run.display = display;
  if (!options.json)
    listenToKeys(terminal, { client, clients, building, url, display, newLink, quit: run.quit }, stopped);
  if (options.for !== undefined) systemClock.after(options.for * 1000, run.quit);
  await Promise.all([feeding.run(), watch(run, display, client, building)]);
}

/** The house, and what its sensors see, from this morning on. */
async function simulated({ options, tally, stopped }: Run, client: OperatorClient) {
  const [{ createBuilding }, { simulateDays }] = await Promise.all([
    import("../simulator/building.ts"),
    import("../simulator/simulate.ts"),
  ]);
  const now = systemClock.now();
  const building = houseInTheMorning(createBuilding(options.seed), morningMs, now);
  const since = Math.floor((now - morningMs) / 1_000) * 1_000;
  const observations = simulateDays(options.seed, building, since, { emptyFrameMs });
  const feeding = createFeed({
    observations,
    clock: systemClock,
    send: (batch) => send(client, batch, tally, stopped),
    stopped,
  });
  return { building, feeding };
}

function sceneOf({ sites: [site] }: ModelDocument, url: string, tally: Tally): Scene {
  const { name, access_points: doors } = site!.buildings![0]!;
  return {
    title: name ?? "",
    url,
    timezone: site!.timezone,
    tally,
    doors: new Map(doors!.map((door) => [door.butterflymx_id!, door.name ?? ""])),
    server: nothingSeen,
    now: systemClock.now(),
  };
}

/** Looks at the server once a second. */
async function watch({ tally, stopped }: Run, display: Display, client: OperatorClient, building: ModelDocument) {
  const meter = createMeter(tally);
  while (!stopped.aborted) {
    meter();
    display.show({ server: await look(client, building), now: systemClock.now() });
    await waitFor(systemClock, 1_000, stopped);
  }
}

interface Acts {
  readonly client: OperatorClient;
  readonly clients: Clients;
  readonly building: ModelDocument;
  readonly url: string;
  readonly display: Display;
  readonly newLink: () => Promise<string>;
  readonly quit: () => void;
}

/** Without a keyboard the curl lines are said at once. */
function listenToKeys(terminal: Terminal, acts: Acts, stopped: AbortSignal): void {
  const { client, clients, building, url, display, newLink, quit } = acts;
  const now = (): number => systemClock.now();
  if (terminal.keys === null) {
    terminal.note(`${curlLines(url, building, clients, now())}\n`);
    return;
  }
  const press: Readonly<Record<string, () => unknown>> = {
    o: async () => display.say(await newLink()),
    d: () => client.request("POST", "/v1/observations", yourEntry(building, now())),
    c: () => display.say(curlLines(url, building, clients, now())),
    q: quit,
  };
  const quiet = terminal.keys((key) => {
    Promise.resolve(press[key]?.()).catch((error: unknown) => {
      if (!stopped.aborted) display.say(`${String(error)}\n`);
    });
  });
  stopped.addEventListener("abort", quiet, { once: true });
}

/** Throws a CommandFailure where what was received is not as it should be. */
function conclude(options: DemoOptions, terminal: Terminal, tally: Tally): void {
  const { ok, bad_signature } = tally.verdicts;
  if (options.json) {
    const types = Object.fromEntries(tally.types);
    const { observations, rejected } = tally;
    const totals = { observations: observations.total, rejected, ...tally.verdicts, types };
    terminal.write(`${JSON.stringify({ done: true, ...totals })}\n`);
  } else terminal.write(`Done. ${summary(tally)}.\n`);
  if (bad_signature > 0) throw new CommandFailure(`${bad_signature} deliveries came with a bad signature.`);
  if (options.for !== undefined && ok === 0) throw new CommandFailure("Nothing was received.");
}

async function send(
  client: OperatorClient,
  batch: readonly object[],
  tally: Tally,
  stopped: AbortSignal,
): Promise<void> {
  const body = `${batch.map((observation) => JSON.stringify(observation)).join("\n")}\n`;
  try {
    const reply = await client.send("POST", "/v1/observations", body, { "content-type": "application/x-ndjson" });
    const { accepted, rejected } = asRecord(reply.body);
    if (typeof accepted !== "number") throw new CommandFailure(`The server answered ${reply.status} to observations.`);
    tally.observations.total += accepted;
    tally.rejected += Array.isArray(rejected) ? rejected.length : 0;
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
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
