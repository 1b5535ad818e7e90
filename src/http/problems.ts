// Errors as application/problem+json [RFC 9457]: what a caller can mend is said, what failed inside is logged under the
// id of the request and never shown. APIs with a form of their own set their own error handler instead.

import type { FastifyError } from "fastify";
import { BelfryError, type ErrorCode, type Problem } from "../errors.ts";
import type { Log } from "../log.ts";
import { type KnownRoute, methodsAt } from "./known-routes.ts";
import type { HttpReply, HttpRequest, HttpScope } from "./scope.ts";

interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly problems?: readonly Problem[];
  readonly request_id?: string;
}

function problemOf(error: BelfryError): ProblemDocument {
  return {
    type: `urn:belfry:error:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.problems.length > 0 ? { problems: error.problems } : {}),
  };
}

/** `NOT_FOUND` gives `Not found`. */
function titleOf(code: string): string {
  const words = code.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the caller may know of any error: null when that is nothing. */
function publicError(error: unknown): BelfryError | null {
  if (error instanceof BelfryError) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  if (typeof code !== "string" || typeof statusCode !== "number" || statusCode >= 500) return null;
  if (statusCode === 413)
    return new BelfryError("PAYLOAD_TOO_LARGE", "The body is too large. Send it in smaller parts.");
  if (statusCode === 415) return new BelfryError("UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json.");
  // Who hung up hears nothing of it, and it is no fault of ours to be logged.
  if (code === "ECONNRESET") return new BelfryError("BAD_REQUEST", "The request ended before it was whole.");
  if (code.startsWith("FST_ERR_CTP") || error instanceof SyntaxError) {
    return new BelfryError("UNREADABLE_BODY", "The body is not JSON, or not as long as its content-length says.");
  }
  if (code.startsWith("FST_")) return new BelfryError("BAD_REQUEST", "The request could not be read.");
  return null;
}

/** Makes problem+json the form of errors in this scope. `routes`: those of the whole server. */
export function answerWithProblems(scope: HttpScope, routes: readonly KnownRoute[], log: Log): void {
  const nothingHere = (request: HttpRequest, reply: HttpReply): HttpReply => {
    const methods = methodsAt(routes, request.url);
    if (methods.length === 0) {
      const error = new BelfryError("NOT_FOUND", "There is nothing at this address. See /v1/openapi.json.");
      return send(reply, problemOf(error));
    }
    reply.header("allow", methods.join(", "));
    return send(reply, problemOf(new BelfryError("METHOD_NOT_ALLOWED", `This address takes ${methods.join(", ")}.`)));
  };
  scope.setNotFoundHandler(nothingHere);
  scope.setErrorHandler((error, request, reply) =>
    // What is wrong with the body does not count where nobody would read it.
    request.is404 && isOfBody(error) ? nothingHere(request, reply) : sendProblem(error, request, reply, log),
  );
}

function isOfBody(error: unknown): boolean {
  const { statusCode } = error as Partial<FastifyError>;
  return !(error instanceof BelfryError) && (statusCode === 400 || statusCode === 415);
}

export function sendProblem(error: unknown, request: HttpRequest, reply: HttpReply, log: Log): HttpReply {
  const known = publicError(error);
  if (known !== null) return send(reply, problemOf(known));
  const facts = { request: request.id, method: request.method, path: request.routeOptions.url, err: error };
  log.error("request.failed", facts, "A request failed inside Belfry.");
  const detail = `Something failed inside. The log has it under ${request.id}.`;
  return send(reply, { ...problemOf(new BelfryError("INTERNAL", detail)), request_id: request.id });
}

function send(reply: HttpReply, problem: ProblemDocument): HttpReply {
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}
