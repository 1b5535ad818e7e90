// `belfry serve` as its users run it, driven through its command line and its APIs, and looked at from outside for what
// it costs.

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { cpuOf } from "./cpu.ts";
import { moment, pause } from "./figures.ts";
import { atEnd } from "./places.ts";

const root = join(import.meta.dirname, "../..");

export interface ServerOptions {
  readonly data: string;
  /** PEM file of the authority that signs the receivers. */
  readonly caFile: string;
  readonly profile?: string | null;
  /** More of its environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The operator's key where another node has made it; absent: this server makes one. */
  readonly key?: string;
}

export interface Server {
  readonly url: string;
  /** The operator's key. */
  readonly key: string;
  /** From the start of the process until it said that it is ready, s. */
  readonly startSeconds: number;
  /** V8 flags in force, as it says itself. */
  readonly v8: string;
  /** CPU time so far by thread name, ms. */
  cpu(): ReadonlyMap<string, number>;
  /** Highest resident size so far, MB. */
  rss(): number;
  /** Resident size and open files now. */
  now(): { readonly rss: number; readonly files: number };
  /** A figure of its metrics; NaN: there is none. */
  metric(name: string): Promise<number>;
  /** Deliveries still owed, as they are on the disk. */
  pending(): Promise<number>;
  /** Resolves when nothing is owed any more. */
  drained(): Promise<void>;
  /** It gets no CPU until it is thawed. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const { data, caFile, profile = null, settings = {} } = options;
  const begun = moment();
  const profiling = profile === null ? [] : ["--cpu-prof", "--cpu-prof-dir", profile];
  const args = [...profiling, "src/main.ts", "serve", "--port", "0", "--data", data];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      BELFRY_ALLOW_NETWORKS: "127.10.0.0/16",
      BELFRY_ALLOW_LOOPBACK: "true",
      BELFRY_CA_FILE: caFile,
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | string>((resolve) => child.once("exit", (code, by) => resolve(code ?? by ?? "?")));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  atEnd(() => end("SIGKILL"));
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    void ended.then((how) => reject(new Error(`belfry serve ended with ${how} before it was ready`)));
  });
  const starting = hear(child.stderr);
  const { url } = JSON.parse(await ready) as { url: string };
  const startSeconds = (moment() - begun) / 1000;
  const { v8_flags } = await starting;
  const metric = async (name: string): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1]);
  };
  const pending = (): Promise<number> => metric("belfry_deliveries_pending");
  return {
    url,
    key: options.key ?? readFileSync(join(data, "operator.key"), "utf8").trim(),
    startSeconds,
    v8: v8_flags.join(" "),
    cpu: () => cpuOf(child.pid!),
    rss: () => rssOf(child, "VmHWM"),
    now: () => ({ rss: rssOf(child, "VmRSS"), files: filesOf(child) }),
    metric,
    pending,
    async drained() {
      while ((await pending()) > 0) await pause(20);
    },
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    stop: () => end("SIGTERM"),
  };
}

interface LogLine {
  readonly level: string;
  readonly v8_flags?: readonly string[];
}

/** Resolves with the line of the log that a start begins with. Whatever is worth a warning goes on to the terminal. */
function hear(log: Readable): Promise<Required<LogLine>> {
  return new Promise((resolve) => {
    createInterface({ input: log }).on("line", (text) => {
      const line: LogLine | null = text.startsWith("{") ? (JSON.parse(text) as LogLine) : null;
      if (line?.v8_flags !== undefined) resolve(line as Required<LogLine>);
      if (line === null || ["warn", "error"].includes(line.level)) process.stderr.write(`${text}\n`);
    });
  });
}

/** What the server spent since `before` on each of `count` things, µs of CPU: in all, and by thread as text. */
export function spentSince(server: Server, before: ReadonlyMap<string, number>, count: number) {
  const threads = [...server.cpu()].map(
    ([name, ms]) => [name, ((ms - (before.get(name) ?? 0)) * 1000) / count] as const,
  );
  const told = threads.filter(([, us]) => us >= 0.5).map(([name, us]) => `${name} ${us.toFixed(1)}`);
  return { cost: threads.reduce((sum, [, us]) => sum + us, 0), threads: told.join(", ") };
}

function rssOf({ pid }: ChildProcess, figure: "VmHWM" | "VmRSS"): number {
  try {
    return (
      Number(new RegExp(`^${figure}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024
    );
  } catch {
    return Number.NaN;
  }
}

function filesOf({ pid }: ChildProcess): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
