// Reads one HTTP/1.1 response, strictly, from bytes as they come: the same bytes give the same result however they are
// cut. Pure: knows no socket and no clock. What is read and what is kept is bounded; nothing is ever decompressed.

import type { OutcomeCode } from "../../model/attempt.ts";

/** Status line and headers of the response; the same again for all interim (1xx) responses together. */
const mostHeadBytes = 16_384;
/** Everything after the head, chunk sizes and trailers included. */
const mostBodyBytes = 65_536;
const mostKeptBytes = 16_384;

/**
 * What comes next, or how it ended: `done` = the whole response was read; `cut` = more body than is read;
 * `broken` = a body that cannot be read, after a good head; `refused` = no good head (`fault` says why).
 */
type Phase =
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
  /** The head is complete: the status counts whatever comes after it. */
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
  contentLength: number | null;
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
    contentLength: null,
    transferEncoding: null,
  };
}

export const isSuccess = (status: number | null): boolean => status !== null && status >= 200 && status <= 299;

/** Nothing more will be read. */
export function isOver(response: Response): boolean {
  const { phase } = response;
  return phase === "done" || phase === "cut" || phase === "broken" || phase === "refused";
}

/** Takes the next bytes. They may be overwritten afterwards: what is kept is copied. */
export function feed(response: Response, bytes: Buffer): void {
  if (bytes.length > 0) response.begun = true;
  let at = 0;
  while (at < bytes.length && !response.headRead && !isOver(response)) {
    // The head as one text, decoded once; never more of it than a head may have.
    const text = bytes.toString("latin1", at, Math.min(bytes.length, at + mostHeadBytes + 1));
    at += readHead(response, text);
  }
  if (response.headRead && !isOver(response)) at = feedBody(response, bytes, at);
  // Bytes beyond the end belong to no request of ours.
  if (at < bytes.length) response.reusable = false;
}

/** The receiver sends no more. */
export function feedEnd(response: Response): void {
  response.reusable = false;
  if (response.phase === "until-close") response.phase = "done";
}

function refuse(response: Response, code: OutcomeCode, detail: string): void {
  response.phase = "refused";
  response.reusable = false;
  response.fault = { code, detail };
}

const malformed = (response: Response, detail: string): void => refuse(response, "protocol_error", detail);

/** Consumes up to the end of the head or of the text; returns where it stopped. */
function readHead(response: Response, text: string): number {
  let at = 0;
  while (at < text.length && !response.headRead && !isOver(response)) at = readHeadLine(response, text, at);
  return at;
}

/** Consumes up to the end of a line; returns where it stopped. */
function readHeadLine(response: Response, text: string, at: number): number {
  const end = text.indexOf("\n", at);
  const next = end === -1 ? text.length : end + 1;
  response.headBytes += next - at;
  if (response.headBytes > mostHeadBytes) {
    refuse(response, "response_headers_too_large", `The response has more than ${mostHeadBytes} bytes of headers.`);
    return next;
  }
  if (end === -1) {
    response.line += text.slice(at);
    return next;
  }
  const line = response.line === "" ? text.slice(at, end) : response.line + text.slice(at, end);
  response.line = "";
  if (line.charCodeAt(line.length - 1) !== 13) {
    malformed(response, "A line of the response's head does not end with CR LF.");
  } else {
    const whole = line.slice(0, -1);
    if (response.phase === "status") readStatusLine(response, whole);
    else if (whole === "") endHead(response);
    else readHeader(response, whole);
  }
  return next;
}

function readStatusLine(response: Response, line: string): void {
  const match = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
  if (match === null) return malformed(response, "The response does not begin with an HTTP/1.1 status line.");
  const status = Number(match[2]);
  if (status === 101) return malformed(response, "The receiver switched protocols without being asked.");
  response.reusable = match[1] === "1";
  response.phase = "headers";
  response.status = status >= 100 && status <= 199 ? null : status;
}

function readHeader(response: Response, line: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/.test(line)) {
    return malformed(response, "The response has a malformed header.");
  }
  const colon = line.indexOf(":");
  switch (colon) {
    case 8:
    case 10:
    case 11:
    case 14:
    case 17:
      return readKnownHeader(response, line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
}

function readKnownHeader(response: Response, name: string, value: string): void {
  switch (name) {
    case "content-length":
      if (response.contentLength !== null || !/^\d{1,15}$/.test(value)) {
        return malformed(response, "The response has a malformed Content-Length or more than one.");
      }
      response.contentLength = Number(value);
      return;
    case "transfer-encoding":
      response.transferEncoding = response.transferEncoding === null ? value : `${response.transferEncoding},${value}`;
      return;
    case "connection":
      if (/(?:^|,)\s*close\s*(?:,|$)/i.test(value)) response.reusable = false;
      return;
    case "keep-alive": {
      const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?:[,\s]|$)/i.exec(value)?.[1];
      if (seconds !== undefined) response.keepAliveMs = Number(seconds) * 1000;
      return;
    }
    case "location":
      response.location = value;
      return;
    case "retry-after":
      response.retryAfter = response.retryAfter === null ? value : "";
      return;
  }
}

function endHead(response: Response): void {
  if (response.status === null) return endInterim(response);
  const { status, contentLength, transferEncoding } = response;
  if (contentLength !== null && transferEncoding !== null) {
    return malformed(response, "The response has both a Content-Length and a Transfer-Encoding.");
  }
  const codings = transferEncoding?.split(",").map((coding) => coding.trim().toLowerCase());
  const chunked = codings?.indexOf("chunked") ?? -1;
  if (codings !== undefined && chunked !== -1 && chunked !== codings.length - 1) {
    return malformed(response, "The response has a malformed Transfer-Encoding.");
  }
  response.headRead = true;
  if (status === 204 || status === 304) {
    if ((contentLength ?? 0) > 0 || codings !== undefined) response.reusable = false;
    response.phase = "done";
  } else if (chunked !== -1) response.phase = "chunk-size";
  else if (contentLength !== null && codings === undefined) {
    response.left = contentLength;
    response.phase = contentLength === 0 ? "done" : "fixed";
  } else {
    response.reusable = false;
    response.phase = "until-close";
  }
}

/** A 1xx response says nothing that we asked for: forget it and read on. */
function endInterim(response: Response): void {
  response.interimBytes += response.headBytes;
  if (response.interimBytes > mostHeadBytes) {
    return malformed(response, `The receiver sent more than ${mostHeadBytes} bytes of interim responses.`);
  }
  response.phase = "status";
  response.headBytes = 0;
  response.contentLength = null;
  response.transferEncoding = null;
  response.keepAliveMs = null;
  response.location = null;
  response.retryAfter = null;
}

function feedBody(response: Response, bytes: Buffer, from: number): number {
  const room = mostBodyBytes - response.wireBytes;
  const end = Math.min(bytes.length, from + room);
  let at = from;
  while (at < end && !isOver(response)) {
    if (response.phase === "fixed" || response.phase === "chunk") at = readCounted(response, bytes, at, end);
    else if (response.phase === "until-close") {
      keep(response, bytes, at, end);
      at = end;
    } else at = readChunkLine(response, bytes, at, end);
  }
  response.wireBytes += at - from;
  if (at === end && end < bytes.length && !isOver(response)) {
    response.phase = "cut";
    response.reusable = false;
  }
  return at;
}

function readCounted(response: Response, bytes: Buffer, at: number, end: number): number {
  const next = Math.min(end, at + response.left);
  keep(response, bytes, at, next);
  response.left -= next - at;
  if (response.left === 0) response.phase = response.phase === "fixed" ? "done" : "chunk-end";
  return next;
}

/** Lines between chunks: sizes, the line end behind a chunk, trailers. Their length is bounded by the body's. */
function readChunkLine(response: Response, bytes: Buffer, at: number, end: number): number {
  const found = bytes.indexOf(10, at);
  if (found === -1 || found >= end) {
    response.line += bytes.toString("latin1", at, end);
    return end;
  }
  const text = response.line + bytes.toString("latin1", at, found);
  response.line = "";
  if (text.charCodeAt(text.length - 1) !== 13) spoil(response);
  else takeChunkLine(response, text.slice(0, -1));
  return found + 1;
}

function takeChunkLine(response: Response, line: string): void {
  if (response.phase === "trailers") {
    if (line === "") response.phase = "done";
  } else if (response.phase === "chunk-end") {
    if (line === "") response.phase = "chunk-size";
    else spoil(response);
  } else {
    const size = /^([0-9a-f]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line)?.[1];
    if (size === undefined) return spoil(response);
    response.left = Number.parseInt(size, 16);
    response.phase = response.left === 0 ? "trailers" : "chunk";
  }
}

function spoil(response: Response): void {
  response.phase = "broken";
  response.reusable = false;
}

function keep(response: Response, bytes: Buffer, from: number, to: number): void {
  response.bodyBytes += to - from;
  if (isSuccess(response.status)) return;
  const end = Math.min(to, from + mostKeptBytes - response.keptBytes);
  if (end <= from) return;
  // One place for all of it: a body in chunks of a byte each would be ten thousand objects, and megabytes.
  response.kept ??= Buffer.allocUnsafeSlow(mostKeptBytes);
  response.keptBytes += bytes.copy(response.kept, response.keptBytes, from, end);
}
