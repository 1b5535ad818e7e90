// One try to deliver, and what came of it. An outcome is a value: a refused connection is as ordinary as a 200.

/** Every way an attempt can end, and what the retry rule makes of it. docs/outcomes.md lists the same codes; a test compares. */
export const outcomes = {
  delivered: "success",
  http_error: "retry",
  redirect: "retry",
  gone: "disable",
  timeout: "retry",
  dns_not_found: "retry",
  dns_failed: "retry",
  dns_timeout: "retry",
  connect_refused: "retry",
  connect_reset: "retry",
  connect_unreachable: "retry",
  connect_timeout: "retry",
  tls_expired: "retry",
  tls_not_yet_valid: "retry",
  tls_name_mismatch: "retry",
  tls_untrusted: "retry",
  tls_failed: "retry",
  address_forbidden: "retry",
  url_forbidden: "retry",
  header_forbidden: "retry",
  protocol_error: "retry",
  response_headers_too_large: "retry",
  closed_early: "retry",
  /** The process ended while the attempt ran; whether the receiver got it is not known. */
  interrupted: "retry",
  /** Closing rows without a request. */
  cancelled: "end",
  expired: "end",
  superseded: "end",
  quarantined: "hold",
  /** This machine had no file or port left, so that no request was made: not the receiver's doing, and never written. */
  local_shortage: "uncounted",
} as const satisfies Record<string, "success" | "retry" | "disable" | "end" | "hold" | "uncounted">;

export type OutcomeCode = keyof typeof outcomes;

/** What came of one request. Never carries a header value that was sent. */
export interface Outcome {
  readonly code: OutcomeCode;
  /** HTTP status as received, null when there was none. */
  readonly status: number | null;
  /** What a person needs to mend it; never the address a name resolved to. */
  readonly detail: string | null;
  /** The receiver's Retry-After, ms from the end of the attempt; null: it sent none. */
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
  /** First bytes of the response body, at most 16 KiB; null when there were none or it was a success. */
  readonly response: Uint8Array | null;
  /** How many bytes of the response were read. */
  readonly responseBytes: number;
}
