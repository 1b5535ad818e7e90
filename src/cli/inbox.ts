// A local HTTPS receiver for people to watch: answers every POST at once, tells what came and whether its signature
// holds. For `listen` and `demo`; a receiver for production is written with @belfry/receiver.

import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { verify, WebhookVerificationError } from "../../receiver/src/index.ts";
import type { Clock } from "../clock.ts";
import { listenFault } from "../errors.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord } from "./json.ts";

export type Verification = "ok" | "duplicate" | "unverified" | "bad_signature";

/** One request that came in. Its texts are the sender's: make them printable before printing. */
export interface ReceivedDelivery {
  /** Epoch ms of its arrival. */
  readonly at: number;
  readonly verdict: Verification;
  /** What is wrong with the signature, else null. */
  readonly reason: string | null;
  /** `webhook-id`; empty without one. */
  readonly id: string;
  readonly path: string;
  /** `ROOM_OCCUPANCY`, `access_log.create`, or `?`. */
  readonly type: string;
  /** The name of what it is about, as far as the body tells. */
  readonly subject: string;
  readonly body: string;
}

export interface InboxOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** `whsec_…` secrets to verify with; asked for each request. None: nothing is verified. */
  readonly secrets: () => readonly string[];
  readonly clock: Clock;
  readonly onReceived: (received: ReceivedDelivery) => void;
}

export interface Inbox {
  /** `https://127.0.0.1:40123` */
  readonly url: string;
  stop(): Promise<void>;
}

const longestBody = 1024 * 1024;
const idsKept = 10_000;

/** Listens; throws a CommandFailure where it cannot. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
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

function listening(server: Server, { host, port }: InboxOptions): Promise<void> {
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
  options: InboxOptions,
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
  const path = request.url ?? "/";
  const id = request.headers["webhook-id"];
  const judged = judge(request, body, path, options, seen);
  response.writeHead(judged.verdict === "bad_signature" ? 401 : 204).end();
  const text = body.toString("utf8");
  options.onReceived({
    at: options.clock.now(),
    ...judged,
    id: typeof id === "string" ? id : "",
    path,
    ...describe(text),
    body: text,
  });
}

function judge(
  request: IncomingMessage,
  body: Buffer,
  path: string,
  { secrets, clock }: InboxOptions,
  seen: Set<string>,
): { verdict: Verification; reason: string | null } {
  const known = secrets();
  const once = (owner: string, id: string): boolean => {
    const key = `${owner} ${id}`;
    if (seen.has(key)) return false;
    seen.add(key);
    // A set keeps the order of arrival: the first is the oldest.
    if (seen.size > idsKept) seen.delete(seen.values().next().value!);
    return true;
  };
  if (known.length === 0) {
    const id = request.headers["webhook-id"];
    if (typeof id === "string" && !once(path, id)) return { verdict: "duplicate", reason: null };
    return { verdict: "unverified", reason: null };
  }
  let reason = "";
  // One by one, to learn whose it is: two subscriptions may get the same event under the same id, and that is no duplicate.
  for (const secret of known) {
    try {
      const { id } = verify({ headers: request.headers, body, secret, now: clock.now() });
      return { verdict: once(`${secret} ${path}`, id) ? "ok" : "duplicate", reason: null };
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      reason = error.message;
    }
  }
  return { verdict: "bad_signature", reason };
}

/** Type and subject of a payload of either dialect. */
export function describe(body: string): { type: string; subject: string } {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = asRecord(JSON.parse(body));
  } catch {
    return { type: "?", subject: "" };
  }
  const event = asRecord(value["event"]);
  if (typeof event["resource_type"] === "string") {
    const data = asRecord(event["data"]);
    const subject = data["name"] ?? asRecord(data["device"])["name"] ?? data["access_point"];
    return { type: `${event["resource_type"]}.${text(event["action"])}`, subject: text(subject) };
  }
  const place = asRecord(value["metadata"]);
  const subject = place["zone_name"] ?? place["room_name"] ?? place["floor_name"] ?? place["mac_address"];
  return { type: typeof value["type"] === "string" ? value["type"] : "?", subject: text(subject) };
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
