// Belfry as its users run it: a process of its own, driven only through its command line and its APIs.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import type { Contract, Exchange, OpenApiDocument } from "../fixtures/contract.ts";
import { type HttpsReceiver, startHttpsReceiver, testAuthority } from "../fixtures/https-receiver.ts";
import { endLeases, storeFlags } from "../fixtures/test-store.ts";

export const root = join(import.meta.dirname, "../..");
const main = join(root, "src/main.ts");

/** What is still open when a test file ends, because a test failed half-way. */
const open = new Set<() => unknown>();
after(async () => {
  for (const close of open) await close();
});

export interface Server {
  readonly url: string;
  /** The operator's key. */
  readonly key: string;
  readonly data: string;
  /** The process, for signals. */
  readonly process: ChildProcess;
  /** What it wrote to stderr so far. */
  errors(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A data directory of its own, removed when the test file ends. */
export function makePlace(): string {
  const data = mkdtempSync(join(tmpdir(), "belfry-e2e-"));
  open.add(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

/** A receiver that is closed when the test file ends, if not before. */
export async function startReceiver(): Promise<HttpsReceiver> {
  const receiver = await startHttpsReceiver();
  open.add(() => receiver.close());
  return receiver;
}

/** Starts `belfry serve` on a free port, or on this one, with 127.10.0.0/16 as the public internet; resolves when it says it is ready. */
export async function serve(data: string, environment: Record<string, string> = {}, port = "0"): Promise<Server> {
  const { caFile } = await testAuthority();
  const child = spawn(process.execPath, [main, "serve", "--port", port, "--data", data, ...(await storeFlags(data))], {
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
  open.add(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "?")),
  );
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    void ended.then((how) => reject(new Error(`belfry serve ended with ${how} before it was ready:\n${errors}`)));
  });
  const { url } = JSON.parse(await ready) as { ready: true; url: string };
  // Of several nodes one makes it.
  const file = join(data, "operator.key");
  const key = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return { url, key, data, process: child, errors: () => errors, ended };
}

/** Stops it as an operator would and checks that it ended well. */
export async function stop(server: Server): Promise<void> {
  server.process.kill("SIGTERM");
  const how = await server.ended;
  if (how !== 0) throw new Error(`belfry serve ended with ${how}:\n${server.errors()}`);
}

/** Pulls the plug. Over a database that others may share, the lease of a process goes on for up to a minute: it ends at once here. */
export async function kill(server: Server): Promise<void> {
  server.process.kill("SIGKILL");
  await server.ended;
  await endLeases(server.data);
}

export interface Run {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function belfry(args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) =>
    child.once("close", (code, signal) => resolve({ code: code ?? signal ?? "?", stdout, stderr })),
  );
}

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** One JSON request; the answer's body is parsed when there is one. What goes over the ButterflyMX API must be as its OpenAPI
 * document says. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely by tests
export async function call<Body = any>(
  url: string,
  options: {
    method?: string;
    key?: string;
    body?: unknown;
    text?: string;
    type?: string;
    headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer<Body>> {
  const { key, body, text, type = "application/json" } = options;
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(url, {
    method: options.method ?? (payload === undefined ? "GET" : "POST"),
    headers: {
      ...(payload === undefined ? {} : { "content-type": type }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...options.headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const received = await answer.text();
  const sent = payload === undefined ? {} : { sent: { type, text: payload } };
  await holdToContract(url, options.method ?? (payload === undefined ? "GET" : "POST"), sent, answer, received);
  return {
    status: answer.status,
    headers: answer.headers,
    body: (received === "" ? null : JSON.parse(received)) as Body,
  };
}

/** Of the server that was asked first: what it says is the same for all. */
let contract: Promise<Contract> | null = null;

async function holdToContract(
  address: string,
  method: string,
  sent: Pick<Exchange, "sent">,
  { status, headers }: Response,
  text: string,
): Promise<void> {
  const { origin, pathname, search } = new URL(address);
  if (!/^\/(v3|v4|oauth|api\/mobile)\//.test(pathname)) return;
  contract ??= fetch(`${origin}/v1/openapi/butterflymx.json`).then(async (document) => {
    // Tests of other things need no judge of schemas.
    const { createContract } = await import("../fixtures/contract.ts");
    return createContract((await document.json()) as OpenApiDocument);
  });
  const check = await contract;
  check({ method, url: pathname + search, ...sent, status, type: headers.get("content-type"), text });
}

/** Makes a key through the command line, as the README says. */
export async function createKey(
  server: Server,
  role: string,
  target?: string,
): Promise<{ client_id: string; client_secret: string; key: string }> {
  const run = await belfry([
    "keys",
    "create",
    "--data",
    server.data,
    "--role",
    role,
    ...(target === undefined ? [] : ["--for", target]),
  ]);
  if (run.code !== 0) throw new Error(`keys create failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as { client_id: string; client_secret: string; key: string };
}
