// The protocol of receiving, once for all servers: check who sends, verify, drop duplicates, hand to the handler, and
// answer 2xx only when the handler is done. An adapter turns a server's request into a Request and its Answer back.

import { createChecks, type Credentials } from "./credentials.ts";
import { WebhookVerificationError } from "./error.ts";
import { type EventName, eventNames, type Received, type ReceivedMessage, type ReceivedUnknown } from "./event.ts";
import { header, type HeaderSource } from "./headers.ts";
import { idOf, nameOf } from "./read.ts";
import { prepareSecret, type Secret } from "./secret.ts";
import { memorySeen, type Seen } from "./seen.ts";
import { verify } from "./verify.ts";

export interface ReceiverOptions extends Credentials {
  /** The `whsec_…` secret or the `whpk_…` public key of the subscription, or several while one takes over. */
  readonly secret?: Secret | readonly Secret[] | undefined;
  /** True accepts what anybody sends. For trying things out. */
  readonly unverified?: boolean;
  /** How far the sender's clock may differ, in seconds. Default 300. */
  readonly toleranceSeconds?: number;
  /** Largest body, in bytes. Default 1 MiB. */
  readonly limit?: number;
  /** Which events were handled already. Default: in memory. */
  readonly seen?: Seen;
  /** Told of everything that is not answered with 2xx. Default: what is answered with 5xx goes to console.error. */
  readonly onError?: (error: unknown, status: number) => void;
  /** Now, in ms since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** A request as adapters give it. */
export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: HeaderSource;
  /** Raw: whole, or in the order in which it arrives. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Handler<Event> = (event: Event) => unknown;

export interface Receiver {
  /** Calls `handler` for events of this name, or of one of these names. The sender gets its 2xx when what the handler
   * returned is fulfilled; when it throws the sender gets 500 and will send the event again. One handler a name. */
  on<Name extends EventName>(name: Name | readonly Name[], handler: Handler<Received<Name>>): Receiver;
  /** Calls `handler` for everything that no other handler takes. Without it such events are answered 200 and forgotten. */
  otherwise(handler: Handler<Received | ReceivedUnknown>): Receiver;
  /** Never rejects. */
  receive(request: RawRequest): Promise<Answer>;
}

/** Throws a TypeError for a malformed secret, and where nothing says whom to trust. */
export function createReceiver(options: ReceiverOptions): Receiver {
  for (const name of ["secret", "apiKey", "basicAuth", "urlToken"] as const) {
    // A variable that is not set must not quietly take a check away.
    if (name in options && options[name] === undefined) throw new TypeError(`The option ${name} is undefined.`);
  }
  const { limit = 1024 * 1024, seen = memorySeen(), now = Date.now, toleranceSeconds, onError = toConsole } = options;
  const secrets = options.secret === undefined ? [] : [options.secret].flat().map((each) => prepareSecret(each));
  const checks = createChecks(options);
  const signed = options.secret !== undefined;
  if (signed ? secrets.length === 0 : checks.length === 0 && options.unverified !== true) {
    throw new TypeError("Say whom to trust: secret, apiKey, basicAuth or urlToken.");
  }
  const handlers = new Map<string, Handler<never>>();
  let fallback: Handler<never> | null = null;

  const refuse = (status: number, code: string, error: unknown, headers: Record<string, string> = {}): Answer => {
    onError(error, status);
    return { status, headers: { "content-type": "text/plain", ...headers }, body: code };
  };

  async function receive({ method, url, headers, body: source }: RawRequest): Promise<Answer> {
    if (method !== "POST") return refuse(405, "post_only", new Error(`${method} came.`), { allow: "POST" });
    // Before the body is read: who may not send need not be listened to.
    for (const check of checks) check(headers, url);
    const body = await read(source, limit, Number(header(headers, "content-length") ?? 0));
    if (body === null) return refuse(413, "too_large", new Error(`The body is larger than ${limit} bytes.`));
    const verified = signed
      ? verify({ headers, body, secret: secrets, toleranceSeconds, now: now() })
      : { id: header(headers, "webhook-id") };
    let payload: unknown;
    try {
      payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    } catch (error) {
      return refuse(400, "not_json", error);
    }
    const name = nameOf(payload);
    const handler = handlers.get(name) ?? fallback;
    if (handler === null) return ok;
    const id = verified.id ?? idOf(payload, name, body);
    const claim = await seen.claim(id);
    if (claim === "done") return ok;
    if (claim === "running") return refuse(409, "in_progress", new Error(`The event ${id} is being handled.`));
    try {
      await handler({ id, name, payload, body, ...correction(headers) } as never);
    } catch (error) {
      await claim.release();
      throw error;
    }
    await claim.keep();
    return ok;
  }

  const receiver: Receiver = {
    on(name, handler) {
      for (const each of [name].flat() as EventName[]) {
        if (!eventNames.includes(each)) throw new TypeError(`There is no event named ${each}.`);
        if (handlers.has(each)) throw new TypeError(`${each} has a handler already.`);
        handlers.set(each, handler);
      }
      return receiver;
    },
    otherwise(handler) {
      if (fallback !== null) throw new TypeError("There is a handler for everything else already.");
      fallback = handler;
      return receiver;
    },
    receive: (request) =>
      receive(request).catch((error: unknown) =>
        error instanceof WebhookVerificationError ? refuse(401, error.code, error) : refuse(500, "failed", error),
      ),
  };
  return receiver;
}

const ok: Answer = { status: 200, headers: {}, body: "" };

function toConsole(error: unknown, status: number): void {
  if (status >= 500) console.error(error);
}

/** Null: more than `limit`. */
async function read(source: RawRequest["body"], limit: number, announced: number): Promise<Uint8Array | null> {
  if (announced > limit) return null;
  if (typeof source === "string") return read(new TextEncoder().encode(source), limit, 0);
  if (source instanceof Uint8Array) return source.length > limit ? null : source;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // No `for await`: leaving that early destroys a Node request with its socket, and no answer would get out.
  const parts = source[Symbol.asyncIterator]();
  for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
    size += part.value.length;
    if (size > limit) return null;
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}

/** What Belfry says in headers about corrections. They are not part of what is signed. */
function correction(headers: HeaderSource): Pick<ReceivedMessage, "revision" | "previous"> {
  const revision = header(headers, "belfry-revision") ?? "";
  if (!/^[1-9]\d{0,5}$/.test(revision)) return { revision: 0 };
  try {
    return { revision: Number(revision), previous: JSON.parse(header(headers, "belfry-previous-value") ?? "") };
  } catch {
    return { revision: Number(revision) };
  }
}
