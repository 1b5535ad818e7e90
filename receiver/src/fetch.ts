// Adapter for servers that speak the Fetch API: Hono, Next.js, Cloudflare Workers, Deno, Bun.

import type { Receiver } from "./receiver.ts";

/** A function from a Request to its Response: `export default { fetch: fetchHandler(receiver) }`. Never rejects. */
export function fetchHandler(receiver: Receiver): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, url, headers, body } = request;
    const answer = await receiver.receive({ method, url, headers, body: body === null ? "" : chunks(body) });
    return new Response(answer.body, { status: answer.status, headers: { ...answer.headers } });
  };
}

/** With a reader, because not every runtime can iterate over a stream. */
async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
