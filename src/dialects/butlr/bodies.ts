// JSON request bodies of Butlr's API, and its errors for bodies that no route sees: too large, not
// JSON, another media type.

import { isUtf8 } from "node:buffer";
import type { HttpScope } from "../../http/scope.ts";
import { BelfryError, type ErrorCode, errorStatus } from "../../errors.ts";

/** In this scope only. `answer` words an error for the client; `unforeseen` hears of those that are nobody's fault there. */
export function jsonBodies(
  scope: HttpScope,
  answer: (code: ErrorCode, sentence: string) => object,
  unforeseen: (error: unknown, request: string) => void,
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, readJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  scope.setErrorHandler(async (error, request, reply) => {
    const [code, sentence] = bodyFailure(error) ?? ["INTERNAL", `Internal error in request ${request.id}.`];
    if (code === "INTERNAL") unforeseen(error, request.id);
    return reply.code(errorStatus[code]).send(answer(code, sentence));
  });
}

function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new BelfryError("UNREADABLE_BODY", "The body is not valid UTF-8.");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new BelfryError("UNREADABLE_BODY", "The body is not valid JSON.");
  }
}

function bodyFailure(error: unknown): readonly [ErrorCode, string] | null {
  if (error instanceof BelfryError) return [error.code, error.message];
  const status = (error as { statusCode?: unknown }).statusCode;
  if (status === 413) return ["PAYLOAD_TOO_LARGE", "The body is too large."];
  if (status === 415) return ["UNSUPPORTED_MEDIA_TYPE", "Send content-type: application/json."];
  if (typeof status === "number" && status >= 400 && status < 500) return ["BAD_REQUEST", "The request is malformed."];
  return null;
}
