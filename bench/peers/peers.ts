// Other queues on PostgreSQL, doing the work that Belfry does: a job for each delivery, signed, POSTed over HTTPS, its result kept.
// They are no part of the project: this installs them into a directory that is removed at the end. They take no request over HTTP
// and check nothing about the receiver, which is to their advantage.

import { execFileSync, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSumOf } from "../harness/cpu.ts";
import { type BenchDatabase, workPer } from "../harness/database.ts";
import { moment, round } from "../harness/figures.ts";
import { type Figures, say } from "../harness/options.ts";
import { atEnd, makePlace } from "../harness/places.ts";
import type { Receiver } from "../harness/receiver.ts";
import type { Work } from "./work.ts";

const peers = [
  { name: "pg-boss", version: "12.38.0", child: "pg-boss-child.ts" },
  { name: "graphile-worker", version: "0.18.0", child: "graphile-worker-child.ts" },
] as const;

export interface PeersPlan {
  readonly database: BenchDatabase;
  readonly receiver: Receiver;
  readonly events: number;
  /** Requests per second. */
  readonly baseline: number;
  readonly connections: number;
}

export async function measurePeers(plan: PeersPlan): Promise<Figures> {
  const modules = install();
  const figures: Record<string, number> = {};
  for (const peer of peers) {
    const { rate, cpuUs, commits, walBytes } = await measure(plan, modules, peer.child);
    say(
      `  ${peer.name} ${peer.version}: ${Math.round(rate)}/s, ratio ${(rate / plan.baseline).toFixed(3)}; CPU ${Math.round(cpuUs)} µs;` +
        ` ${commits.toFixed(0)} commits per 1,000; ${Math.round(walBytes)} B of WAL each`,
    );
    const name = peer.name.replace("-", "_");
    figures[`${name}_ratio`] = round(rate / plan.baseline, 3);
    figures[`${name}_events_per_s`] = Math.round(rate);
    figures[`${name}_cpu_us`] = round(cpuUs, 1);
    figures[`${name}_commits_per_1000`] = round(commits, 1);
    figures[`${name}_wal_bytes`] = Math.round(walBytes);
  }
  return figures;
}

function install(): string {
  const directory = makePlace();
  writeFileSync(join(directory, "package.json"), '{"private":true}');
  const names = peers.map(({ name, version }) => `${name}@${version}`);
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...names], {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return directory;
}

async function measure({ database, receiver, events, connections }: PeersPlan, modules: string, file: string) {
  const url = await database.create();
  const child = fork(join(import.meta.dirname, file));
  atEnd(() => child.kill("SIGKILL"));
  const told = () =>
    new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", () => reject(new Error(`${file} ended`)));
    });
  const first = 1;
  await receiver.expect(first, events);
  const ready = told();
  const work: Work = {
    modules,
    database: url,
    origin: receiver.origins[0]!,
    ca: receiver.ca,
    connections,
    first,
    events,
  };
  child.send(work);
  await ready;
  const before = await database.work(url);
  const cpu = cpuSumOf(child.pid!);
  const begun = moment();
  const done = told();
  child.send("go");
  await receiver.complete(events);
  await done;
  const ended = moment();
  const ownUs = ((cpuSumOf(child.pid!) - cpu) * 1000) / events;
  const { cpuUs, commits, walBytes } = workPer(events, before, await database.work(url));
  child.kill("SIGKILL");
  return { rate: (events / (ended - begun)) * 1000, cpuUs: ownUs + cpuUs, commits, walBytes };
}
