// Answers of the GraphQL API: `errors` with a message and a stable `extensions.code`, and nothing of what went on inside.

import { GraphQLError } from "graphql";
import { BelfryError, type Problem } from "../../../errors.ts";

/** One of `errors` as it goes out. */
export interface AnswerError {
  readonly message: string;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly problems?: readonly Problem[]; readonly request?: string };
}

export const answerError = (code: string, message: string): AnswerError => ({ message, extensions: { code } });

/** `code` is for errors of the executor itself (syntax, validation, variables). What nobody foresaw is reported to
 * `unforeseen` and goes out as an internal error that names the request only. */
export function errorAnswer(
  error: unknown,
  code: string,
  request: string,
  unforeseen: (error: unknown, request: string) => void,
): AnswerError {
  const where = error instanceof GraphQLError ? place(error) : {};
  const cause = error instanceof GraphQLError && error.originalError !== undefined ? error.originalError : error;
  if (cause instanceof BelfryError) {
    const { problems } = cause;
    const extensions = { code: codeOf(cause), ...(problems.length > 0 && { problems }) };
    return { message: cause.message, ...where, extensions };
  }
  if (error instanceof GraphQLError && cause instanceof GraphQLError) {
    return { message: worded(error.message, cause.message), ...where, extensions: { code } };
  }
  unforeseen(cause, request);
  const message = `Internal error in request ${request}. The server's log says more.`;
  return { message, ...where, extensions: { code: "INTERNAL", request } };
}

/** Where all that is wrong breaks one rule, the code of that rule. */
function codeOf({ code, problems }: BelfryError): string {
  const [first, ...others] = problems;
  return first !== undefined && others.every((problem) => problem.code === first.code) ? first.code : code;
}

/** The executor prints a whole variable to say that a part of it is wrong; it may hold passwords, and clients log what
 * they are told. What remains is the path of the part and the reason. */
function worded(whole: string, reason: string): string {
  if (whole === reason || !whole.endsWith(reason)) return reason;
  const path = /at "([^"]*)"; $/.exec(whole.slice(0, -reason.length))?.[1];
  return path === undefined ? reason : `${path}: ${reason}`;
}

function place({ locations, path }: GraphQLError): Pick<AnswerError, "locations" | "path"> {
  return {
    ...(locations && { locations: locations.map(({ line, column }) => ({ line, column })) }),
    ...(path && { path }),
  };
}
