// A request as adapters pass it, and its body read whole.

import type { HeaderSource } from "./headers.ts";

export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: HeaderSource;
  readonly body: RawBody;
}

/** The bytes as received: whole, or in pieces in the order in which they arrive. Text stands for its UTF-8 bytes. */
type RawBody = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Null: larger than `limit` bytes. `announced`: its content-length; a body announced as too large is not read. */
export async function readWhole(body: RawBody, limit: number, announced: number): Promise<Uint8Array | null> {
  if (announced > limit) return null;
  const source = typeof body === "string" ? new TextEncoder().encode(body) : body;
  if (source instanceof Uint8Array) return source.length > limit ? null : source;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not `for await`: leaving it early destroys a Node request with its socket, and the answer could not be sent.
  const parts = source[Symbol.asyncIterator]();
  for (let part = await parts.next(); part.done !== true; part = await parts.next()) {
    size += part.value.length;
    if (size > limit) return null;
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}
