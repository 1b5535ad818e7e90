// JSON request bodies of Butlr's API, and its errors for bodies that no route sees: too large, not
// JSON, another media type.

import { jsonBody } from "../../http/json-body.ts";
import type { HttpScope } from "../../http/scope.ts";
import { BelfryError, type ErrorCode, errorStatus, type Problem } from "../../errors.ts";

/** In this scope only. `answer` words an error for the client; `unforeseen` hears of those that are nobody's fault there. */
export function jsonBodies(
  scope: HttpScope,
  answer: (code: ErrorCode, sentence: string, problems: readonly Problem[]) => object,
  unforeseen: (error: unknown, request: string) => void,
): void {
  jsonBody(scope);
  scope.setErrorHandler(async (error, request, reply) => {
    const [code, sentence] = bodyFailure(error) ?? ["INTERNAL", `Internal error in request ${request.id}.`];
    if (code === "INTERNAL") unforeseen(error, request.id);
    const problems = error instanceof BelfryError ? error.problems : [];
    return reply.code(errorStatus[code]).send(answer(code, sentence, problems));
  });
}

function bodyFailure(error: unknown): readonly [ErrorCode, string] | null {
  if (error instanceof BelfryError) return [error.code, error.message];
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 413) return ["PAYLOAD_TOO_LARGE", "The body is too large."];
  if (status === 415) return ["UNSUPPORTED_MEDIA_TYPE", "Send content-type: application/json."];
  if (typeof status === "number" && status >= 400 && status < 500) return ["BAD_REQUEST", "The request is malformed."];
  return null;
}
