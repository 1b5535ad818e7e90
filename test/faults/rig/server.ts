// `belfry serve` as a process of its own, under whatever a fault needs around it, driven by signals and its HTTP API.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { atEnd } from "./places.ts";

const main = join(import.meta.dirname, "../../../src/main.ts");

export interface Start {
  readonly data: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The operator's key where another node has made it; absent: this server makes one. */
  readonly key?: string;
  /** A program with its arguments that runs Node, such as strace. It must keep Node its direct child, or be it. */
  readonly under?: readonly string[];
  /** Gets the process before it is ready. */
  readonly spawned?: (process: ChildProcess) => void;
}

export interface Server {
  readonly url: string;
  readonly key: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** From the start of the process until it said that it is ready. */
  readonly startMs: number;
  /** Wall time of the start, epoch ms. */
  readonly startedAt: number;
  readonly ended: Promise<number | string>;
  /** What it wrote to stderr so far. */
  errors(): string;
  signal(signal: NodeJS.Signals): Promise<number | string>;
}

/** How a server ended that never was ready. */
export class StartFailed extends Error {
  override readonly name = "StartFailed";
  readonly how: number | string;

  constructor(how: number | string, errors: string) {
    super(`belfry serve ended with ${how} before it was ready:\n${errors}`);
    this.how = how;
  }
}

/** Resolves when it says that it is ready; throws StartFailed. */
export async function serve({ data, environment = {}, key, under = [], spawned }: Start): Promise<Server> {
  const { caFile } = await testAuthority();
  const [program, ...args] = [...under, process.execPath, main, "serve", "--port", "0", "--data", data];
  const begun = performance.now();
  const startedAt = Date.now();
  const child = spawn(program, args, {
    env: {
      PATH: process.env["PATH"],
      BELFRY_ALLOW_NETWORKS: "127.10.0.0/16",
      BELFRY_ALLOW_LOOPBACK: "true",
      BELFRY_CA_FILE: caFile,
      BELFRY_LOG_LEVEL: "warn",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  spawned?.(child);
  const alive = () => child.exitCode === null && child.signalCode === null;
  atEnd(() => alive() && child.kill("SIGKILL"));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-100_000)));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "?"));
  });
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    ended.then((how) => reject(new StartFailed(how, errors)), reject);
  });
  const { url } = JSON.parse(await ready) as { url: string };
  return {
    url,
    key: key ?? readFileSync(join(data, "operator.key"), "utf8").trim(),
    data,
    process: child,
    startMs: performance.now() - begun,
    startedAt,
    ended,
    errors: () => errors,
    signal(signal) {
      if (alive()) child.kill(signal);
      return ended;
    },
  };
}

/** One JSON request to the server. Throws where it answers an error. */
export async function ask<Result>(server: Server, path: string, body?: unknown, key = server.key): Promise<Result> {
  return send<Result>(
    server,
    body === undefined ? "GET" : path === "/v1/building-model" ? "PUT" : "POST",
    path,
    body,
    key,
  );
}

/** The same with another method. */
export async function send<Result>(
  { url, key: operator }: Server,
  method: string,
  path: string,
  body?: unknown,
  key = operator,
): Promise<Result> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return (text === "" ? null : JSON.parse(text)) as Result;
}

/** A figure of /metrics. */
export async function metric(server: Server, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}
