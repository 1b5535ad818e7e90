// Errors in the vendor's form: {"errors":[{field, code, message}]} [butterflymx.md §2.4].

import { BelfryError, type Problem } from "../../errors.ts";

interface ErrorEntry {
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly messages?: string;
}

/** Status and body for whatever went wrong; null for a bug, which is the caller's to log. */
export function answerTo(error: unknown): { readonly status: number; readonly errors: readonly ErrorEntry[] } | null {
  if (error instanceof BelfryError) return { status: error.status, errors: entriesOf(error) };
  // The HTTP library's own refusals: a body too large, a media type without a parser.
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status === 413) return { status, errors: [base("payload_too_large", "The body is too large.")] };
  if (status === 415) {
    const message = "Send application/json or application/vnd.api+json.";
    return { status, errors: [base("unsupported_media_type", message)] };
  }
  return status >= 400 && status < 500 ? { status, errors: [base("invalid", "The request cannot be read.")] } : null;
}

export const internalFault: readonly ErrorEntry[] = [base("internal", "Something went wrong here. Try again later.")];

/** Says the same about an absent thing and about somebody else's. */
export const notFound = (): BelfryError => new BelfryError("NOT_FOUND", "Resource not found");

/** All faults of a body at once. */
export const invalid = (problems: readonly Problem[]): BelfryError =>
  new BelfryError("INVALID", "The request has faults.", { problems });

function entriesOf(error: BelfryError): readonly ErrorEntry[] {
  if (error.problems.length > 0) {
    return error.problems.map(({ path, code, message }) => ({ field: path, code, message }));
  }
  switch (error.code) {
    // The vendor's own example of a 401 says `messages`, all its others `message`: clients read either.
    case "UNAUTHENTICATED":
      return [{ ...base("unauthorized", "Unauthorized"), messages: "Unauthorized" }];
    case "NOT_FOUND":
      return [base("not_found", "Resource not found")];
    case "UNREADABLE_BODY":
      return [base("invalid", error.message)];
    default:
      return [base(error.code.toLowerCase(), error.message)];
  }
}

function base(code: string, message: string): ErrorEntry {
  return { field: "base", code, message };
}
