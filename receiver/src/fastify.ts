// Adapter for Fastify: a plugin with one route. On that route it takes the raw body, before any parser; other routes keep
// their parsers.

import type { HeaderSource } from "./headers.ts";
import type { RawRequest } from "./raw-request.ts";
import type { Receiver } from "./receiver.ts";

interface FastifyRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderSource;
  readonly body: unknown;
}

interface FastifyReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** The parts of a Fastify instance that are used. */
interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(type: string, parser: (request: never, body: never) => Promise<unknown>): unknown;
  post(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): unknown;
}

/** `app.register(fastifyReceiver(receiver, "/hook"))` */
export function fastifyReceiver(receiver: Receiver, path = "/"): (instance: object) => Promise<void> {
  return async (instance) => {
    const scope = instance as FastifyScope;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", async (_request, body) => body);
    scope.post(path, async ({ method, url, headers, body }, reply) => {
      const answer = await receiver.receive({ method, url, headers, body: (body ?? "") as RawRequest["body"] });
      reply.code(answer.status);
      reply.headers({ ...answer.headers });
      return reply.send(answer.body);
    });
  };
}
