// Port: the HTTP server as APIs see it, a scope to register routes in. The library behind it is named in this folder only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../model/principal.ts";

export type HttpScope = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

/** How a route stands in the OpenAPI document of its API; given as `config.document` where it is registered. Schemas are JSON
 * Schema. */
export interface RouteDocument {
  readonly summary: string;
  readonly query?: object;
  /** Media type to schema. */
  readonly body?: Readonly<Record<string, object>>;
  /** Status to schema; null: an empty answer. */
  readonly answers: Readonly<Record<number, object | null>>;
  /** Media types of the answers. Absent: `application/json`. */
  readonly media?: readonly string[];
  /** Absent: false. true: it asks for no key. */
  readonly isOpen?: boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    document?: RouteDocument;
    /** The body stays bytes [json-body.ts]. */
    rawBody?: boolean;
    /** Its requests may wait for news, and stand in line for their answer only when there is some [limits/answers.ts]. */
    waits?: boolean;
    /** A large body takes seconds of work: those of such routes share room among themselves [limits/admission.ts]. */
    worksLong?: boolean;
  }
  interface FastifyRequest {
    /** Who asks, written by the API once it knows; null or absent: nobody was asked. Limits share by it. */
    who?: Principal | null;
    /** Of routes that wait: must be called before the answer is worked out. Never resolves where nobody waits any more. */
    standInLine?: () => Promise<void>;
  }
}
