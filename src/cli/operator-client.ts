// The operator API as the commands see it. Every command but serve and demo acts through this and never opens the data
// directory of a running server, except for the two small files that serve leaves there for us.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { belfryVariables } from "../config/variables.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord, asText } from "./json.ts";
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

/** Nobody answered: no connection, a broken one, or no answer in time. Sending again may help. */
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
  /** Any answer is a value; only its absence throws (`Unreachable`). A body is JSON unless `headers` say otherwise. */
  send(method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
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

  const url = (): string => checkUrl(fixedUrl ?? readUrl(data, command));
  const key = (): string => fixedKey ?? readKey(data);

  const client: OperatorClient = {
    place: () => fixedUrl ?? data,
    async send(method, path, body, headers = {}) {
      const target = new URL(path, url());
      try {
        const response = await fetch(target, {
          method,
          headers: {
            authorization: `Bearer ${key()}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body }),
          redirect: "error",
          signal: AbortSignal.any([terminal.interrupted, AbortSignal.timeout(answerTimeoutMs)]),
        });
        return {
          status: response.status,
          retryAfterMs: retryAfter(response.headers.get("retry-after")),
          etag: response.headers.get("etag"),
          body: parsed(await response.text()),
        };
      } catch (error) {
        if (error instanceof CommandFailure) throw error;
        if (terminal.interrupted.aborted) throw new Interrupted(error);
        throw new Unreachable(`No Belfry answers at ${target.origin} (${reason(error)}). Is it running?`, {
          cause: error,
        });
      }
    },
    async request(method, path, body, headers) {
      const reply = await client.send(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
      if (reply.status >= 300) throw new CommandFailure(refusal(`${method} ${path}`, reply));
      return reply.body;
    },
  };
  return client;
}

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

function readUrl(data: string, command: string): string {
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
  const url = asRecord(parsed(text))["url"];
  if (typeof url !== "string") throw new Unreachable(`${file} does not say where the server is. Restart the server.`);
  return url;
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
