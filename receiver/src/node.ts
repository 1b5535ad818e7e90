// Adapter for Node's http and https, and for frameworks built on them: Express, Connect, serverless functions.

import type { Receiver } from "./receiver.ts";

/** The parts of an IncomingMessage that are used, and the body that a framework may have read already. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly complete?: boolean;
  readonly readableDidRead?: boolean;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** A listener for `http.createServer`, and a handler for Express. Put it before any body parser, or behind one that keeps the
 * raw body (`express.raw({ type: () => true })`): the signature is over the raw bytes, not over parsed JSON. */
export function nodeHandler(receiver: Receiver): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    const { method = "", url = "", headers } = request;
    void receiver.receive({ method, url, headers, body: rawBody(request) }).then(({ status, headers, body }) => {
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      // The rest of the body is not read, so the connection cannot be used again.
      if (status >= 400 && request.complete === false) response.setHeader("connection", "close");
      response.end(body);
    });
  };
}

function rawBody(request: NodeRequest): Uint8Array | string | AsyncIterable<Uint8Array> {
  for (const body of [request.rawBody, request.body]) {
    if (body instanceof Uint8Array || typeof body === "string") return body;
  }
  return request.readableDidRead === true ? readBefore : request;
}

/** Fails when it is read. */
const readBefore: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({
    next: () =>
      Promise.reject(new Error("A body parser read the body already. Put the receiver before any body parser.")),
  }),
};
