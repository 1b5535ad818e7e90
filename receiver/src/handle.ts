// The steps from a request to its handler: check the sender, read, verify, parse, drop duplicates, call. The body is not
// read before the credentials are checked, and not parsed before its signature is.

import { correctionOf } from "./correction.ts";
import { WebhookVerificationError } from "./error.ts";
import type { ReceivedUnknown } from "./event.ts";
import type { Gaps } from "./gaps.ts";
import { header } from "./headers.ts";
import { idOf, nameOf } from "./identify.ts";
import { sequenceOf } from "./numbers.ts";
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
  /** null: numbers are not followed. */
  readonly gaps: Gaps | null;
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

async function steps(request: RawRequest, setup: Setup): Promise<Refusal | null> {
  const { trust, limit, gaps } = setup;
  const { method, url, headers } = request;
  if (method !== "POST") return notPost(method);
  trust.checkCredentials(headers, url);
  const body = await readWhole(request.body, limit, Number(header(headers, "content-length") ?? 0));
  if (body === null) return { status: 413, code: "too_large", error: new Error(`The body exceeds ${limit} bytes.`) };
  const signedId = trust.checkSignature(headers, body);
  if (header(headers, "belfry-heartbeat") === "true") {
    await gaps?.heartbeat(headers);
    return null;
  }
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    return { status: 400, code: "not_json", error };
  }
  const given = { id: signedId, payload, body, sequence: sequenceOf(headers), ...correctionOf(headers) };
  const running = await handleEvent(given, setup);
  if (running !== null) return inProgress(running);
  // When it is done: if this fails, the sender tries again, and finds the event handled.
  await gaps?.arrived(headers);
  return null;
}

/** An event that was sent, or fetched. null as id: that of the payload is taken. */
export type Given = Omit<ReceivedUnknown, "name" | "id"> & { readonly id: string | null };

/** Hands the event to its handler, unless it was handled before. Returns its id if another attempt is being handled, else null.
 * Throws what the handler throws. */
export async function handleEvent(given: Given, { seen, handlerOf }: Setup): Promise<string | null> {
  const { payload, body } = given;
  const name = nameOf(payload);
  const handler = handlerOf(name);
  if (handler === null) return null;
  const id = given.id ?? idOf(payload, name, body);
  const event = { ...given, id, name };
  return (await handleOnce(seen, id, () => handler(event as never))) === "running" ? id : null;
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
