// From what was received to the outcome of the attempt.

import type { Outcome, OutcomeCode } from "../../model/attempt.ts";
import { isSuccess, type Response } from "./response.ts";
import { readRetryAfter } from "./retry-after.ts";

export interface Timing {
  /** Epoch ms. */
  readonly now: number;
  readonly durationMs: number;
}

/** An attempt without a response that counts. */
export function failed(code: OutcomeCode, detail: string, durationMs: number, response?: Response): Outcome {
  return {
    code,
    status: response?.status ?? null,
    detail,
    retryAfterMs: null,
    durationMs,
    response: null,
    responseBytes: response?.bodyBytes ?? 0,
  };
}

/** A response whose status counts; its body may have come whole or not. */
export function answered(response: Response, url: string, timing: Timing): Outcome {
  const status = response.status ?? 0;
  const success = isSuccess(status);
  return {
    code: success ? "delivered" : status === 410 ? "gone" : status >= 300 && status <= 399 ? "redirect" : "http_error",
    status,
    detail: detailOf(response, status, url),
    retryAfterMs: readRetryAfter(response.retryAfter, timing.now),
    durationMs: timing.durationMs,
    response: success ? null : keptOf(response),
    responseBytes: response.bodyBytes,
  };
}

/** A copy of its own, of no more than there is: it crosses to another thread with all of its memory. */
function keptOf({ kept, keptBytes }: Response): Uint8Array | null {
  return kept === null ? null : new Uint8Array(kept.subarray(0, keptBytes));
}

function detailOf(response: Response, status: number, url: string): string | null {
  if (status >= 300 && status <= 399) return redirectDetail(response.location, url);
  if (!response.headRead) return "The headers of the response were incomplete.";
  if (response.phase === "done") return null;
  if (response.phase === "cut") return "The response body was longer than is read.";
  if (response.phase === "broken") return "The response body was malformed.";
  return "The response body was incomplete.";
}

/** The Location's host only: the rest of it is the receiver's business and may hold secrets. */
function redirectDetail(location: string | null, url: string): string {
  const to = location === null ? null : URL.parse(location, url);
  const known = to !== null && (to.protocol === "https:" || to.protocol === "http:");
  return `Redirects are not followed${known ? `; this one leads to ${to.host}` : ""}. Change the URL instead.`;
}
