// A route of the vendor's API as a value: what it is called with, and what it answers. The form of errors and who asks are the
// business of rest-api.ts.

import type { RouteDocument } from "../../http/scope.ts";
import type { Principal } from "../../model/principal.ts";

export interface RestCall {
  readonly who: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** An empty object where none was sent. */
  readonly body: unknown;
  /** Where the client reached this server, such as `https://belfry.example`. */
  readonly origin: string;
}

export interface RestAnswer {
  readonly status: number;
  /** Absent: none is sent. */
  readonly body?: object;
}

export interface RestRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly document: RouteDocument;
  /** Throws a BelfryError. */
  readonly handle: (call: RestCall) => Promise<RestAnswer>;
}
