// A local HTTPS receiver for people to watch: answers every POST, tells what came and whether its signature holds.
// For `listen` and `demo`; a receiver for production is written with @belfry/receiver.

import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { verify, WebhookVerificationError } from "../../receiver/src/index.ts";
import type { Clock } from "../clock.ts";
import { listenFault } from "../errors.ts";
import type { ReceiverAnswer } from "../model/receiver-answer.ts";
import { CommandFailure } from "./failure.ts";
import { describe, type PayloadWords } from "../words/payload.ts";

export type Verification = "ok" | "duplicate" | "unverified" | "bad_signature";

/** One request that came in. Its texts are the sender's: make them printable before printing. */
export interface ReceivedDelivery extends PayloadWords {
  /** Epoch ms of its arrival. */
  readonly at: number;
  readonly verdict: Verification;
  /** What is wrong with the signature, else null. */
  readonly reason: string | null;
  /** `webhook-id`; empty without one. */
  readonly id: string;
  readonly path: string;
  /** Whose secret verified it, as `secrets` names it; empty where nothing did. */
  readonly subscription: string;
  /** `belfry-attempt`; 1 without one. */
  readonly attempt: number;
  /** HTTP status of the answer. */
  readonly status: number;
  /** As they came, in their order: name, value, name, value… */
  readonly headers: readonly string[];
  readonly body: string;
}

export interface NamedSecret {
  /** `whsec_…` */
  readonly secret: string;
  readonly name: string;
}

export interface LocalReceiverOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Secrets to verify with; asked for each request. None: nothing is verified. */
  readonly secrets: () => readonly NamedSecret[];
  /** How a delivery is answered whose signature is not bad; `delivery`: what tells it from others. Absent: 204, at once. */
  readonly answer?: (delivery: string, path: string) => ReceiverAnswer;
  readonly clock: Clock;
  readonly onReceived: (received: ReceivedDelivery) => void;
}

export interface LocalReceiver {
  /** `https://127.0.0.1:40123` */
  readonly url: string;
  stop(): Promise<void>;
}

const longestBody = 1024 * 1024;
const idsKept = 10_000;

/** Listens; throws a CommandFailure where it cannot. */
export async function startLocalReceiver(options: LocalReceiverOptions): Promise<LocalReceiver> {
  const seen = new Set<string>();
  const server = createServer({ cert: options.certificate, key: options.key }, (request, response) => {
    receive(request, response, options, seen).catch(() => response.destroy());
  });
  await listening(server, options);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `https://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { host, port }: LocalReceiverOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const fault = listenFault(error, host, port) ?? `Cannot listen on ${host}:${port}: ${error.message}.`;
      reject(new CommandFailure(fault, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  options: LocalReceiverOptions,
  seen: Set<string>,
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    chunks.push(chunk);
  }
  if (request.method !== "POST") {
    response.writeHead(405, { allow: "POST" }).end();
    return;
  }
  const body = Buffer.concat(chunks);
  const { clock, answer = atOnce, onReceived } = options;
  const [at, path, id] = [clock.now(), request.url ?? "/", header(request, "webhook-id")];
  const judged = judge(request, body, path, options, seen);
  const { status, delayMs } =
    judged.verdict === "bad_signature" ? refused : answer(header(request, "belfry-delivery") || judged.key || id, path);
  if (status >= 200 && status < 300) remember(seen, judged.key);
  const text = body.toString("utf8");
  const { verdict, reason, subscription } = judged;
  const attempt = Number(header(request, "belfry-attempt")) || 1;
  const { rawHeaders: headers } = request;
  onReceived({ at, verdict, reason, subscription, id, path, attempt, status, headers, ...describe(text), body: text });
  clock.after(delayMs, () => response.writeHead(status).end());
}

const atOnce = (): ReceiverAnswer => ({ status: 204, delayMs: 0 });
const refused: ReceiverAnswer = { status: 401, delayMs: 0 };

const header = ({ headers }: IncomingMessage, name: string): string => {
  const value = headers[name];
  return typeof value === "string" ? value : "";
};

interface Judged {
  readonly verdict: Verification;
  readonly reason: string | null;
  readonly subscription: string;
  /** Two with the same are the same; empty: nothing tells. */
  readonly key: string;
}

function judge(
  request: IncomingMessage,
  body: Buffer,
  path: string,
  { secrets, clock }: LocalReceiverOptions,
  seen: ReadonlySet<string>,
): Judged {
  const known = secrets();
  if (known.length === 0) {
    const id = header(request, "webhook-id");
    const key = id && `${path} ${id}`;
    return { verdict: seen.has(key) ? "duplicate" : "unverified", reason: null, subscription: "", key };
  }
  let reason = "";
  // One by one, to learn whose it is: two subscriptions may get the same event under the same id, and that is no duplicate.
  for (const { secret, name } of known) {
    try {
      const { id } = verify({ headers: request.headers, body, secret, now: clock.now() });
      const key = `${secret} ${path} ${id}`;
      return { verdict: seen.has(key) ? "duplicate" : "ok", reason: null, subscription: name, key };
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      reason = error.message;
    }
  }
  return { verdict: "bad_signature", reason, subscription: "", key: "" };
}

/** One that was refused is no duplicate when it comes again. */
function remember(seen: Set<string>, key: string): void {
  if (key !== "") seen.add(key);
  // A set keeps the order of arrival: the first is the oldest.
  if (seen.size > idsKept) seen.delete(seen.values().next().value!);
}
