// The HTTP server: limits, request ids, the error form, a graceful end. APIs register their routes in scopes of
// their own; the server knows none of them.

import { fastify } from "fastify";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import { BelfryError, listenFault, StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import { admitBodies, type AdmissionLimits, defaultAdmissionLimits } from "./limits/admission.ts";
import { type AnswerLimits, boundAnswers, defaultAnswerLimits } from "./limits/answers.ts";
import {
  type ConnectionLimits,
  defaultConnectionLimits,
  limitConnections,
  refuseUnreadable,
  requestLimits,
} from "./limits/connections.ts";
import { coalesceBodies } from "./limits/coalesce-chunks.ts";
import { type KnownRoute, noteRoutes } from "./known-routes.ts";
import { assertFree, listenBeside, type Listeners, sharing } from "./limits/listeners.ts";
import { drainBody } from "./limits/drain-body.ts";
import { answerWithProblems, sendProblem } from "./problems.ts";
import { sayWhenToRetry } from "./retry-after.ts";
import type { HttpScope } from "./scope.ts";

export interface HttpServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits?: Partial<ConnectionLimits & AdmissionLimits & AnswerLimits>;
  /** Accept several connections in a turn of the event loop, by several sockets at the same port [limits/listeners.ts]. */
  readonly isShared?: boolean;
  /** How long requests in flight may take to end after `stop`, ms. */
  readonly drainMs?: number;
}

export interface HttpServer extends Service {
  /** The root: for `inject` in tests, and for what has no form of its own. */
  readonly scope: HttpScope;
  /** All that were registered so far. */
  readonly routes: readonly KnownRoute[];
  /** Where it listens, once started. */
  readonly url: string;
  /** Registers an API in a scope of its own, so that its parsers, hooks and error form stay with it. Before `start`. */
  mount(routes: (scope: HttpScope) => void | Promise<void>): void;
}

/** Connections that may wait to be accepted, as far as the system lets them. Of one that finds no room its client hears nothing: it
 * tries again after 1, 3 and 7 s, so whoever opens a thousand at once would keep out everybody who comes in that moment. */
const backlog = 4_096;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log, clock, drainMs = 10_000, isShared = false } = options;
  let requests = 0;
  let stopping = false;
  let beside: Listeners | null = null;
  const scope: HttpScope = fastify({
    logger: false,
    genReqId: () => `r${(++requests).toString(36)}-${clock.now().toString(36)}`,
    requestIdHeader: false,
    trustProxy: false,
    // For addresses that do not exist; every route that takes a body says how large.
    bodyLimit: 16 * 1024,
    forceCloseConnections: "idle",
    requestTimeout: requestLimits.requestTimeout,
    connectionTimeout: requestLimits.silence,
    http: {
      headersTimeout: requestLimits.headersTimeout,
      connectionsCheckingInterval: requestLimits.connectionsCheckingInterval,
    },
    routerOptions: { maxParamLength: 256 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors(_, request, reply) {
      sendProblem(new BelfryError("BAD_REQUEST", "The address of the request could not be read."), request, reply, log);
    },
  });
  const connections = limitConnections(scope.server, { ...defaultConnectionLimits, ...options.limits });
  scope.decorateRequest("who", null);
  const routes = noteRoutes(scope);
  answerWithProblems(scope, routes, log);
  // No promises on the way of every request: its hooks call back, and only a body that was too large is waited for.
  scope.addHook("preParsing", (request, _reply, payload, done) => {
    if ((request.headers["content-encoding"] ?? "identity").toLowerCase() === "identity") return done(null, payload);
    done(new BelfryError("UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a content-encoding."));
  });
  scope.addHook("onRequest", (request, _reply, done) => connections.inTurn(request.raw.socket, done));
  admitBodies(scope, { ...defaultAdmissionLimits, ...options.limits }, clock);
  coalesceBodies(scope);
  scope.addHook("onSend", (request, reply, payload, done) => {
    reply.header("x-request-id", request.id);
    if (request.who) connections.known(request.raw.socket);
    // A connection kept alive would hold up the end until its own time is over.
    if (stopping) reply.header("connection", "close");
    if (reply.statusCode !== 413) return done(null, payload);
    drainBody(request.raw, clock).then(
      () => done(null, payload),
      (error: Error) => done(error),
    );
  });

  sayWhenToRetry(scope);
  // Last, as it looks at what is sent.
  boundAnswers(scope, { ...defaultAnswerLimits, ...options.limits }, clock);

  return {
    scope,
    routes,
    get url() {
      return urlOf(scope.server.address() as AddressInfo | null);
    },
    mount(routes) {
      void scope.register(async (inner) => routes(inner));
    },
    async start() {
      const { host, port } = options;
      try {
        if (isShared) await assertFree(host, port);
        await scope.listen({ host, port, backlog, ...(isShared && sharing) });
        if (isShared) beside = await listenBeside(scope.server, backlog);
      } catch (cause) {
        const fault = listenFault(cause, host, port);
        throw fault === null ? cause : new StartError(fault, { cause });
      }
    },
    async stop() {
      stopping = true;
      connections.dropSilent();
      const cancel = clock.after(drainMs, () => {
        log.warn("request.cut", { after_ms: drainMs }, "Requests did not end in time. Closing their connections.");
        scope.server.closeAllConnections();
      });
      try {
        await Promise.all([scope.close(), beside?.close()]);
      } finally {
        cancel();
      }
    },
  };
}

/** An address that a client on the same machine can use. */
function urlOf(address: AddressInfo | null): string {
  if (address === null) throw new Error("The HTTP server has not been started.");
  const wildcard: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };
  const host = wildcard[address.address] ?? (address.family === "IPv6" ? `[${address.address}]` : address.address);
  return `http://${host}:${address.port}`;
}
