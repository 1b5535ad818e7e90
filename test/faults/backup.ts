// belfry backup under load, again and again, each one restored, checked and started: everything acknowledged before it began is
// there, nothing is damaged, and the restored server gives out no number that the original has given out since.

import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Fault } from "./fault.ts";
import { mean, most } from "./rig/figures.ts";
import { checkLedger } from "./rig/ledger.ts";
import { building } from "./rig/load.ts";
import { makePlace, pause } from "./rig/places.ts";
import { ask, type Server, serve, StartFailed } from "./rig/server.ts";
import { setStage, type Stage } from "./rig/stage.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

export const backup: Fault = {
  name: "backup",
  what: "belfry backup under load, each one restored, checked and started beside its original",
  rounds: { of: "backups", normally: 20 },
  needs: [],
  async run({ rounds, say }) {
    const tally: Tally = { faults: [], durations: [], bytes: [], given: 0, acknowledged: 0, delays: [[], []] };
    for (let done = 0; done < rounds; done += backupsOfOne) {
      await backUpOne(tally, done, Math.min(backupsOfOne, rounds - done));
      say(`${tally.durations.length} backups, the last of ${Math.round(tally.bytes.at(-1)! / 1024 / 1024)} MiB`);
    }
    const [during, otherwise] = tally.delays;
    return {
      figures: {
        acknowledged: tally.acknowledged,
        backups: rounds,
        largest_backup_mib: Math.round(most(tally.bytes) / 1024 / 1024),
        backup_ms_mean: mean(tally.durations),
        backup_ms_worst: most(tally.durations),
        numbers_compared: tally.given * 3,
        delay_ms_p50_during_backups: share(during, 0.5),
        delay_ms_p99_during_backups: share(during, 0.99),
        delay_ms_p50_otherwise: share(otherwise, 0.5),
        delay_ms_p99_otherwise: share(otherwise, 0.99),
      },
      faults: tally.faults,
    };
  },
};

/** Of one original: it grows with each of them. */
const backupsOfOne = 20;

/** Of all originals together. */
interface Tally {
  readonly faults: string[];
  readonly durations: number[];
  readonly bytes: number[];
  /** Restored servers whose numbers were compared. */
  given: number;
  acknowledged: number;
  /** ms, while a backup was made and otherwise. */
  readonly delays: readonly [during: number[], otherwise: number[]];
}

/** Makes some backups of a new original; `before`: how many there were of others. */
async function backUpOne(tally: Tally, before: number, backups: number): Promise<void> {
  // Large enough that much is written while it is copied.
  const stage = await setStage({ extraBytes: 3_000 });
  const given: Given[] = [];
  const windows: Window[] = [];
  for (let round = before + 1; round <= before + backups; round++) {
    const place = makePlace();
    stage.load.start(8, 20);
    await pause(500);
    const made = await backUp(stage, place);
    if (round % 5 === 0) tally.faults.push(...(await refusalOfCopy(stage)));
    // While it is checked nothing is added, so that a slow check makes the next backup no larger.
    await stage.load.stop();
    tally.durations.push(made.until - made.from);
    tally.bytes.push(made.bytes);
    windows.push(made);
    const found = await check(stage, place, made.acknowledged, given);
    tally.faults.push(...found.map((fault) => `backup ${round}: ${fault}`));
    rmSync(place, { recursive: true });
  }
  delays(stage, windows, tally.delays);
  const integrationNow = Number(await integration(stage.server, `${stage.receiver.url}/x`));
  const { faults } = await stage.finish({});
  const { event, delivery } = highest(stage.data);
  const original: Given = { event: event.last, delivery: delivery.last, integration: integrationNow };
  tally.faults.push(...given.flatMap((each) => reuse(each, original)), ...faults);
  tally.given += given.length;
  tally.acknowledged += stage.load.acknowledged.size;
}

/** Faults of a copy of the files of a server at work: it must be refused, with the index of its WAL and without. */
async function refusalOfCopy({ data }: Stage): Promise<readonly string[]> {
  const copy = join(makePlace(), "copy");
  cpSync(data, copy, { recursive: true });
  const faults: string[] = [];
  for (const index of ["with", "without"]) {
    if (index === "without") rmSync(join(copy, "belfry.sqlite-shm"));
    try {
      const server = await serve({ data: copy });
      await server.signal("SIGKILL");
      faults.push(`a copy of the files ${index} the index was let in`);
    } catch (error) {
      if (error instanceof StartFailed && error.how === 1 && error.message.includes("is a copy of another file"))
        continue;
      faults.push(`a copy of the files was refused in other words: ${String(error)}`);
    }
  }
  rmSync(copy, { recursive: true });
  return faults;
}

interface Window {
  /** Wall time, epoch ms. */
  readonly from: number;
  readonly until: number;
}

interface Made extends Window {
  readonly acknowledged: ReadonlySet<number>;
  readonly bytes: number;
}

async function backUp({ load, data }: Stage, place: string): Promise<Made> {
  const acknowledged = new Set(load.acknowledged);
  const from = Date.now();
  const said = await belfry("backup", "--to", join(place, "backup"), "--data", data, "--json");
  const { files } = JSON.parse(said) as { files: { bytes: number }[] };
  return { from, until: Date.now(), acknowledged, bytes: files[0]!.bytes };
}

/** Restores it, checks it as a file and as a server. `given` gets the first numbers that the restored server gave out. */
async function check(
  stage: Stage,
  place: string,
  acknowledged: ReadonlySet<number>,
  given: Given[],
): Promise<readonly string[]> {
  const data = join(place, "data");
  await belfry("restore", "--from", join(place, "backup"), "--data", data);
  const { faults } = checkLedger(data, acknowledged, stage.subscriptions);
  // What it still owes goes nowhere: the original delivers it.
  const server = await serve({ data, environment: { BELFRY_ALLOW_NETWORKS: "127.11.0.0/16" } });
  const ids = [
    await integration(server, "https://127.11.0.1:9000/x"),
    await integration(stage.server, `${stage.receiver.url}/x`),
  ];
  await ask(server, `/v1/events?dialect=butterflymx&building=${building}`, entry);
  const crashed = server.errors().includes("recovery.started") ? ["the restored server says that it has crashed"] : [];
  await server.signal("SIGTERM");
  const [theirs, ours] = [highest(data), highest(stage.data)];
  given.push({ event: theirs.event.first, delivery: theirs.delivery.first, integration: Number(ids[0]) });
  return [
    ...faults,
    ...crashed,
    ...reuse(given.at(-1)!, { event: ours.event.last, delivery: ours.delivery.last, integration: Number(ids[1]) }),
  ];
}

/** Of each kind, the first number that a restored server gave out, or the last that the original did. */
type Given = Readonly<Record<"event" | "delivery" | "integration", number>>;

const reuse = (restored: Given, original: Given): readonly string[] =>
  (["event", "delivery", "integration"] as const)
    .filter((kind) => restored[kind] <= original[kind])
    .map(
      (kind) => `${kind} ${restored[kind]} of a restored server is not above ${original[kind]}, the original's last`,
    );

const entry = {
  event: {
    resource_type: "access_log",
    action: "create",
    data: {
      id: 1_000_000_000,
      logged_at: "2026-06-17T10:12:19Z",
      access_point: 1,
      entry_method: "Swipe to open",
      name: "A",
    },
  },
};

/** Gives its id. It wants calls, of which there are none. */
async function integration(server: Server, url: string): Promise<string> {
  const bindings = [{ resource_type: "call", actions: ["create"] }];
  const attributes = { integrator: "webhook", configuration: { url, method: "post" }, bindings };
  const { key } = await ask<{ key: string }>(server, "/v1/keys", { role: "building", for: `${building}` });
  const path = `/v4/buildings/${building}/integrations`;
  const made = await ask<{ data: { id: string } }>(server, path, { data: { type: "integrations", attributes } }, key);
  return made.data.id;
}

type Highest = Readonly<Record<"event" | "delivery", { readonly first: number; readonly last: number }>>;

/** `last`: the last number given out. `first`: the first after the restore, of a store that was restored. */
function highest(data: string): Highest {
  const database = new DatabaseSync(join(data, "belfry.sqlite"), { readOnly: true });
  try {
    const one = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
    const from = (table: string): number => one(`select value from meta where name = 'last_${table}'`);
    return {
      event: {
        first: one(`select ifnull(min(number), 0) from event where number > ${from("event")}`),
        last: one("select max(number) from event"),
      },
      delivery: {
        first: one(
          `select min(number) from (select number from delivery union all select delivery from attempt) where number > ${from("delivery")}`,
        ),
        last: one("select max(number) from (select number from delivery union all select delivery from attempt)"),
      },
    };
  } finally {
    database.close();
  }
}

/** Adds how long each event was under way, from its first sending to its last arrival; ms. */
function delays(
  { load, receiver, subscriptions }: Stage,
  windows: readonly Window[],
  [during, otherwise]: Tally["delays"],
): void {
  for (const [event, sentAt] of load.sentAt) {
    const within = windows.some(({ from, until }) => sentAt >= from && sentAt <= until);
    for (let number = 0; number < subscriptions; number++) {
      const seen = receiver.seen.get(`${number}/${event}`);
      if (seen !== undefined) (within ? during : otherwise).push(seen.at - sentAt);
    }
  }
}

const share = (all: readonly number[], part: number): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length * part)] ?? 0;

/** Runs a command as a process of its own, and gives what it wrote to stdout. */
function belfry(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`belfry ${args.join(" ")} ended with ${code}: ${errors}`));
    });
  });
}
