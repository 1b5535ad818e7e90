// What was read of one HTTP/1.1 response so far: the record that its parser fills, in a head [response-head.ts] and a
// body [response-body.ts].

import type { OutcomeCode } from "../../model/attempt.ts";

/** Bytes of a body that are kept for the log of attempts. */
export const mostKeptBytes = 16_384;

/**
 * What comes next, or how it ended: `done` = the whole response was read; `cut` = more body than is read;
 * `broken` = a body that cannot be read; `refused` = no good status line, or too long a head (`fault` says why).
 */
export type Phase =
  | "status"
  | "headers"
  | "fixed"
  | "until-close"
  | "chunk-size"
  | "chunk"
  | "chunk-end"
  | "trailers"
  | "done"
  | "cut"
  | "broken"
  | "refused";

export interface Response {
  phase: Phase;
  /** Of the final response; null until its status line was read. */
  status: number | null;
  /** The head is complete. The status counts as soon as it was read, whatever comes after it. */
  headRead: boolean;
  /** Any byte was received. */
  begun: boolean;
  fault: { readonly code: OutcomeCode; readonly detail: string } | null;
  /** Another request may follow on the same connection, as far as the response tells. */
  reusable: boolean;
  /** How long the receiver keeps an idle connection, in ms, if it says so. */
  keepAliveMs: number | null;
  location: string | null;
  /** Its text; empty when it was there more than once. */
  retryAfter: string | null;
  /** Bytes of the body as decoded from chunks. */
  bodyBytes: number;
  /** Holds the first bytes of the body, `keptBytes` of them, unless the status is a success. */
  kept: Buffer | null;
  keptBytes: number;

  // Inside of the parser.
  line: string;
  headBytes: number;
  interimBytes: number;
  wireBytes: number;
  left: number;
  /** Something in the head was not as HTTP has it: what the receiver takes for the next answer may not be that. */
  isSloppy: boolean;
  contentLength: number | null;
  /** Lengths that contradict each other, or none that can be understood: where the body ends is not known. */
  isLengthUnclear: boolean;
  transferEncoding: string | null;
}

export function newResponse(): Response {
  return {
    phase: "status",
    status: null,
    headRead: false,
    begun: false,
    fault: null,
    reusable: false,
    keepAliveMs: null,
    location: null,
    retryAfter: null,
    bodyBytes: 0,
    kept: null,
    keptBytes: 0,
    line: "",
    headBytes: 0,
    interimBytes: 0,
    wireBytes: 0,
    left: 0,
    isSloppy: false,
    contentLength: null,
    isLengthUnclear: false,
    transferEncoding: null,
  };
}

export const isSuccess = (status: number | null): boolean => status !== null && status >= 200 && status <= 299;

/** Nothing more will be read. */
export function isOver(response: Response): boolean {
  const { phase } = response;
  return phase === "done" || phase === "cut" || phase === "broken" || phase === "refused";
}
