// The steps from a request to its handler: check the sender, read, verify, parse, drop duplicates, call. The body is not
// read before the credentials are checked, and not parsed before its signature is.

import { correctionOf } from "./correction.ts";
import { WebhookVerificationError } from "./error.ts";
import { header } from "./headers.ts";
import { idOf, nameOf } from "./identify.ts";
import { type RawRequest, readWhole } from "./raw-request.ts";
import { handleOnce, type Seen } from "./seen.ts";
import type { Trust } from "./trust.ts";

/** Called with one event; done when its promise is fulfilled. */
export type Handler<Event> = (event: Event) => unknown;

export interface Setup {
  readonly trust: Trust;
  /** Largest body, in bytes. */
  readonly limit: number;
  readonly seen: Seen;
  /** Null: events of this name are accepted and dropped. */
  readonly handlerOf: (name: string) => Handler<never> | null;
}

/** Why a request is not answered 2xx. `code` is sent to the sender, `error` is not. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly error: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Null: handled, handled before, or dropped because it has no handler. Never rejects. */
export async function handle(request: RawRequest, setup: Setup): Promise<Refusal | null> {
  try {
    return await steps(request, setup);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return { status: 401, code: error.code, error };
    return { status: 500, code: "failed", error };
  }
}

async function steps(request: RawRequest, { trust, limit, seen, handlerOf }: Setup): Promise<Refusal | null> {
  const { method, url, headers } = request;
  if (method !== "POST") return notPost(method);
  trust.checkCredentials(headers, url);
  const body = await readWhole(request.body, limit, Number(header(headers, "content-length") ?? 0));
  if (body === null) return { status: 413, code: "too_large", error: new Error(`The body exceeds ${limit} bytes.`) };
  const signedId = trust.checkSignature(headers, body);
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    return { status: 400, code: "not_json", error };
  }
  const name = nameOf(payload);
  const handler = handlerOf(name);
  if (handler === null) return null;
  const id = signedId ?? idOf(payload, name, body);
  const event = { id, name, payload, body, ...correctionOf(headers) };
  const outcome = await handleOnce(seen, id, () => handler(event as never));
  return outcome === "running" ? inProgress(id) : null;
}

const notPost = (method: string): Refusal => ({
  status: 405,
  code: "post_only",
  error: new Error(`A ${method} request was refused: webhooks are sent by POST.`),
  headers: { allow: "POST" },
});

const inProgress = (id: string): Refusal => ({
  status: 409,
  code: "in_progress",
  error: new Error(`The event ${id} is being handled already.`),
});
