// Port: the HTTP server as APIs see it, a scope to register routes in. The library behind it is named in this folder only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export type HttpScope = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

/** How a route stands in `/v1/openapi.json`; given as `config.document` where it is registered. Schemas are JSON Schema. */
export interface RouteDocument {
  readonly summary: string;
  readonly query?: object;
  /** Media type to schema. */
  readonly body?: Readonly<Record<string, object>>;
  /** Status to schema; null: an empty answer. */
  readonly answers: Readonly<Record<number, object | null>>;
}

declare module "fastify" {
  interface FastifyContextConfig {
    document?: RouteDocument;
    /** The body stays bytes [json-body.ts]. */
    rawBody?: boolean;
  }
}
