// What a front door sees of the HTTP server: a scope to register routes in, and the principal behind a request. The
// library behind it is named in this folder only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../model/principal.ts";

export type HttpScope = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

/** Finds out who asks. `address` is where the request came from (`request.ip`); with it wrong guesses slow down only who
 * makes them. Both throw TOO_MANY_REQUESTS after too many of them. */
export interface Authenticator {
  /** The principal behind `Authorization: Bearer …` (a key or an access token), or null. */
  principal(authorization: string | undefined, address?: string): Promise<Principal | null>;
  /** Trades client id and secret for an access token, or null when they do not fit. `expiresIn` in seconds. */
  login(
    clientId: string,
    clientSecret: string,
    address?: string,
  ): Promise<{ readonly accessToken: string; readonly expiresIn: number; readonly principal: Principal } | null>;
}

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
  }
}
