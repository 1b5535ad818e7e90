// What else happens in the fault `nodes`, each at its part of the time: the database restarts, a node is stopped past its lease,
// somebody holds a transaction open.

import pg from "pg";
import { atEnd, pause } from "../rig/places.ts";
import type { Run } from "./run.ts";

/** Longer than a lease. */
const stoppedMs = 25_000;
const heldMs = 120_000;

export async function disturb(run: Run, minutes: number): Promise<void> {
  const begun = Date.now();
  const steps: readonly (readonly [part: number, act: () => Promise<void>])[] = [
    [0.2, () => restart(run, "fast")],
    [0.3, () => stopOne(run)],
    [0.45, () => restart(run, "crash")],
    [0.45, () => holdTransaction(run, Math.min(heldMs, minutes * 12_000))],
    [0.85, () => restart(run, "fast")],
  ];
  for (const [part, act] of steps) {
    while (Date.now() < begun + part * minutes * 60_000 && !run.ended()) await pause(200);
    if (run.ended()) return;
    await act();
  }
}

async function restart({ cluster, counts, say }: Run, how: "fast" | "crash"): Promise<void> {
  await cluster.postgres.restart(how);
  counts.database_restarts++;
  say(`the database was restarted (${how})`);
}

async function stopOne({ cluster, counts, random, say }: Run): Promise<void> {
  const running = cluster.nodes.filter(({ role, server }) => role === "delivery" && server !== null);
  const node = running[Math.floor(random() * running.length)]!;
  node.server?.process.kill("SIGSTOP");
  await pause(stoppedMs);
  node.server?.process.kill("SIGCONT");
  counts.stops++;
  say(`${node.name} was stopped for ${stoppedMs / 1000} s`);
}

async function holdTransaction({ cluster, say }: Run, ms: number): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.database });
  client.on("error", () => {});
  await client.connect();
  atEnd(() => client.end().catch(() => {}));
  await client.query("begin isolation level repeatable read");
  await client.query("select count(*) from delivery");
  await client.query("select pg_current_xact_id()");
  await pause(ms);
  await client.query("rollback");
  await client.end();
  say(`a transaction was held open for ${Math.round(ms / 1000)} s`);
}
