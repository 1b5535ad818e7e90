// The operator API as the commands see it. Every command but serve and demo acts through this and never opens the data
// directory of a running server, except for the two small files that serve leaves there for us, and the keys that go into a backup.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { belfryVariables } from "../config/variables.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord, asText } from "./json.ts";
import { knowServer } from "./know-server.ts";
import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Options that every command beside a running server takes. */
export interface ServerOptions {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
}

export function withServerOptions(command: Command): Command {
  return command
    .option("--url <url>", "URL of the server (or BELFRY_URL; else the one noted in the data directory)")
    .option("--key <key>", "key to use (or BELFRY_KEY; else operator.key of the data directory)")
    .option("--data <dir>", "data directory of a server on this machine (or BELFRY_DATA; else ./belfry-data)");
}

export interface Reply {
  readonly status: number;
  /** What the server asked for with Retry-After, in ms. */
  readonly retryAfterMs: number | null;
  readonly etag: string | null;
  /** Parsed JSON, or the text where it is none; null when empty. */
  readonly body: unknown;
}

/** Nobody answered: no connection, a broken one, no answer in time, or no time for one. Sending again may help. */
export class Unreachable extends CommandFailure {}

/** Ctrl-C came before the answer. */
export class Interrupted extends Unreachable {
  constructor(cause: unknown) {
    super("Interrupted before the server had answered.", { exitCode: 130, cause });
  }
}

export interface OperatorClient {
  /** Where it sends to, as far as known. */
  readonly place: () => string;
  /** Where the server is. Throws where that is not known. */
  readonly url: () => string;
  /** Any answer is a value; only its absence throws (`Unreachable`). A body is JSON unless `headers` say otherwise. */
  send(method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** GETs bytes. Throws as `request` does, but Unreachable where the server has too much to do. */
  bytes(path: string): Promise<Uint8Array>;
  /** Sends `body` as JSON and gives the answer's body; any status from 300 up throws a CommandFailure that says why. */
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
}

const answerTimeoutMs = 60_000;

/** Throws what a wrong call is told. `interrupted` ends a request on its way. With no `url`, server.json is read anew for every request: a server that
 * was restarted may stand elsewhere. */
export function createOperatorClient(
  options: ServerOptions,
  terminal: Pick<Terminal, "command" | "env" | "interrupted">,
): OperatorClient {
  if (options.url !== undefined && options.key !== undefined && options.data !== undefined) {
    throw new CommandFailure("--url and --key say all, so --data has no use: leave it out.", { exitCode: 2 });
  }
  const { command } = terminal;
  const env = belfryVariables(terminal.env);
  const fixedUrl = options.url ?? (options.data === undefined ? env["BELFRY_URL"] : undefined);
  const fixedKey = options.key ?? (options.data === undefined ? env["BELFRY_KEY"] : undefined);
  const data = options.data ?? env["BELFRY_DATA"] ?? "./belfry-data";

  const server = (): NamedServer =>
    fixedUrl === undefined ? readServer(data, command) : { url: checkUrl(fixedUrl), nonce: null };
  const key = (): string => fixedKey ?? readKey(data);
  let met: NamedServer | null = null;

  /** `read` takes the whole answer. */
  async function reach<Result>(
    target: URL,
    request: RequestInit,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    try {
      const signal = AbortSignal.any([terminal.interrupted, AbortSignal.timeout(answerTimeoutMs)]);
      return await read(await fetch(target, { ...request, redirect: "error", signal }));
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      if (terminal.interrupted.aborted) throw new Interrupted(error);
      throw new Unreachable(`No Belfry answers at ${target.origin} (${reason(error)}). Is it running?`, {
        cause: error,
      });
    }
  }

  /** The server, once it is known to be the one that was meant. */
  const known = async (named: NamedServer): Promise<NamedServer> => {
    if (met?.url === named.url && met.nonce === named.nonce) return met;
    const { origin } = new URL(named.url);
    const ask = (path: string) => reach(new URL(path, named.url), { method: "GET" }, replyOf);
    if (!(await knowServer(origin, named.nonce, ask))) {
      throw new Unreachable(`What answers at ${origin} cannot say now whether it is Belfry. Try again in a moment.`);
    }
    return (met = named);
  };

  async function exchange<Result>(
    path: string,
    init: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> },
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    // What is missing on this machine is told before anybody is asked.
    const named = server();
    const bearer = key();
    const { url } = await known(named);
    return reach(
      new URL(path, url),
      { ...init, headers: { authorization: `Bearer ${bearer}`, ...init.headers } },
      read,
    );
  }

  const client: OperatorClient = {
    place: () => fixedUrl ?? data,
    url: () => server().url,
    send(method, path, body, headers = {}) {
      const init =
        body === undefined
          ? { method, headers }
          : { method, headers: { "content-type": "application/json", ...headers }, body };
      return exchange(path, init, replyOf);
    },
    bytes: (path) =>
      exchange(path, {}, async (response) => {
        if (response.status < 300) return new Uint8Array(await response.arrayBuffer());
        const said = refusal(`GET ${path}`, await replyOf(response));
        throw isBusy(response) ? new Unreachable(said) : new CommandFailure(said);
      }),
    async request(method, path, body, headers) {
      const reply = await client.send(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
      if (reply.status >= 300) throw new CommandFailure(refusal(`${method} ${path}`, reply));
      return reply.body;
    },
  };
  return client;
}

/** Later it may answer. */
export const isBusy = ({ status }: { readonly status: number }): boolean => status === 429 || status === 503;

const replyOf = async (response: Response): Promise<Reply> => ({
  status: response.status,
  retryAfterMs: retryAfter(response.headers.get("retry-after")),
  etag: response.headers.get("etag"),
  body: parsed(await response.text()),
});

/** What an unwelcome answer says, in one sentence and a line for each single fault. */
export function refusal(what: string, reply: Pick<Reply, "status" | "body">): string {
  const problem = asRecord(reply.body);
  const said = problem["detail"] ?? problem["title"] ?? problem["message"];
  const code = typeof problem["code"] === "string" ? ` ${problem["code"]}` : "";
  const sentence = typeof said === "string" ? said : typeof reply.body === "string" ? reply.body : "no reason given";
  const faults = [problem["problems"], problem["errors"]].find((list) => Array.isArray(list)) ?? [];
  const lines = (faults as readonly unknown[])
    .map(asRecord)
    .filter(({ message }) => message !== said)
    .slice(0, 20)
    .map(({ path, message }) => `\n  ${printable(asText(path))} ${printable(asText(message))}`);
  return `The server answered ${reply.status}${printable(code)} to ${what}: ${printable(sentence, 500)}${lines.join("")}`;
}

interface NamedServer {
  readonly url: string;
  /** null: nobody said by what it is known. */
  readonly nonce: string | null;
}

function readServer(data: string, command: string): NamedServer {
  const file = join(data, "server.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Unreachable(
      `There is no ${file}, so no server seems to run on this data directory. Start one with \`${command} serve --data ${data}\`, name another directory with --data, or a server with --url and --key.`,
    );
  }
  // A server that is just starting may have written half of it.
  const { url, nonce } = asRecord(parsed(text));
  if (typeof url !== "string" || typeof nonce !== "string") {
    throw new Unreachable(`${file} does not say where the server is and how to know it. Restart the server.`);
  }
  return { url: checkUrl(url), nonce };
}

function readKey(data: string): string {
  const file = join(data, "operator.key");
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new CommandFailure(
      `The operator key cannot be read from ${file}. Name a key with --key or BELFRY_KEY; if it is lost, start the server once with --new-operator-key.`,
    );
  }
}

function checkUrl(url: string): string {
  const parsedUrl = URL.canParse(url) ? new URL(url) : null;
  if (parsedUrl?.protocol === "http:" || parsedUrl?.protocol === "https:") return url;
  throw new CommandFailure(`"${printable(url)}" is not the URL of a server; write it like http://127.0.0.1:8080.`, {
    exitCode: 2,
  });
}

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seconds, or a date, as ms from now. */
function retryAfter(value: string | null): number | null {
  if (value === null) return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code } = asRecord(inner);
  if (code === "ECONNREFUSED") return "connection refused";
  if (inner instanceof Error && inner.name === "TimeoutError") return "no answer in time";
  return typeof code === "string" ? code : inner instanceof Error ? inner.message : "no connection";
}
