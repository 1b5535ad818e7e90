// Adapter for Node's http and https, and for what is built on them: Express, Connect, serverless functions.

import type { Receiver } from "./receiver.ts";

/** As much of an IncomingMessage as is needed, and what frameworks add to it. */
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

/** A listener for `http.createServer`, a handler for Express. Behind a parser of bodies it needs the raw one
 * (`express.raw({ type: () => true })`); parsed JSON is not what was signed. */
export function nodeHandler(receiver: Receiver): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    const { method = "", url = "", headers } = request;
    void receiver.receive({ method, url, headers, body: rawBody(request) }).then(({ status, headers, body }) => {
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      // The rest of a body that nobody wants to read would keep the connection busy.
      if (status >= 400 && request.complete === false) response.setHeader("connection", "close");
      response.end(body);
    });
  };
}

function rawBody(request: NodeRequest): Uint8Array | string | AsyncIterable<Uint8Array> {
  for (const body of [request.rawBody, request.body]) {
    if (body instanceof Uint8Array || typeof body === "string") return body;
  }
  return request.readableDidRead === true ? consumed : request;
}

const consumed: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({
    next: () => Promise.reject(new Error("The body was parsed before. Put the receiver before any body parser.")),
  }),
};
