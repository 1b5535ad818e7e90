// The head of a response. The status line decides: what is wrong after it ends the connection and nothing else, since whoever
// ends lines with LF, folds headers or says its length twice has taken the event all the same.

import type { OutcomeCode } from "../../model/attempt.ts";
import { isOver, type Response } from "./response.ts";

/** Status line and headers of the response; the same again for all interim (1xx) responses together. */
export const mostHeadBytes = 16_384;

/** Consumes up to the end of the head or of the text; returns where it stopped. */
export function readHead(response: Response, text: string): number {
  let at = 0;
  while (at < text.length && !response.headRead && !isOver(response)) at = readHeadLine(response, text, at);
  return at;
}

function refuse(response: Response, code: OutcomeCode, detail: string): void {
  response.phase = "refused";
  response.reusable = false;
  response.fault = { code, detail };
}

const malformed = (response: Response, detail: string): void => refuse(response, "protocol_error", detail);

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
  const isWhole = line.charCodeAt(line.length - 1) === 13;
  if (!isWhole) response.isSloppy = true;
  const content = isWhole ? line.slice(0, -1) : line;
  if (response.phase === "status") readStatusLine(response, content);
  else if (content === "") endHead(response);
  else readHeader(response, content);
  return next;
}

function readStatusLine(response: Response, line: string): void {
  const isStrict = /^HTTP\/1\.[01] \d{3}(?: [\t\x20-\x7e\x80-\xff]*)?$/.test(line);
  const loose = isStrict ? null : /^HTTP\/1\.(\d)[ \t]+(\d{3})(?:[ \t]|$)/i.exec(line);
  if (!isStrict && loose === null) {
    return malformed(response, "The response does not begin with an HTTP/1.1 status line.");
  }
  const status = Number(loose?.[2] ?? line.slice(9, 12));
  if (status === 101) return malformed(response, "The receiver switched protocols without being asked.");
  if (!isStrict) response.isSloppy = true;
  response.reusable = (loose?.[1] ?? line[7]) === "1";
  response.phase = "headers";
  response.status = status >= 100 && status <= 199 ? null : status;
}

/** A line that is no header at all, or one that continues the header before it, is ignored. */
function readHeader(response: Response, line: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/.test(line)) response.isSloppy = true;
  const colon = line.indexOf(":");
  const name = response.isSloppy ? line.slice(0, Math.max(colon, 0)).trimEnd() : null;
  switch (name?.length ?? colon) {
    case 8:
    case 10:
    case 11:
    case 14:
    case 17:
      return readKnownHeader(response, (name ?? line.slice(0, colon)).toLowerCase(), line.slice(colon + 1).trim());
  }
}

function readKnownHeader(response: Response, name: string, value: string): void {
  switch (name) {
    case "content-length":
      return readLength(response, value);
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

/** The same length said twice is that length [RFC 9110 §8.6]. */
function readLength(response: Response, value: string): void {
  const before = response.contentLength;
  if (before === null && /^\d{1,15}$/.test(value)) {
    response.contentLength = Number(value);
    return;
  }
  for (const text of value.split(",")) {
    const length = /^[ \t]*(\d{1,15})[ \t]*$/.exec(text)?.[1];
    if (length === undefined) response.isLengthUnclear = true;
    else if (response.contentLength === null) response.contentLength = Number(length);
    else {
      response.isSloppy = true;
      if (response.contentLength !== Number(length)) response.isLengthUnclear = true;
    }
  }
  if (before !== null) response.isSloppy = true;
}

function endHead(response: Response): void {
  if (response.status === null) return endInterim(response);
  response.headRead = true;
  if (response.isSloppy) response.reusable = false;
  const { status, contentLength, transferEncoding } = response;
  if (status === 204 || status === 304) {
    if ((contentLength ?? 0) > 0 || transferEncoding !== null || response.isLengthUnclear) response.reusable = false;
    response.phase = "done";
  } else if (isFramingUnclear(response)) {
    response.reusable = false;
    response.phase = "broken";
  } else if (transferEncoding !== null && isChunked(transferEncoding)) response.phase = "chunk-size";
  else if (contentLength !== null) {
    response.left = contentLength;
    response.phase = contentLength === 0 ? "done" : "fixed";
  } else {
    response.reusable = false;
    response.phase = "until-close";
  }
}

/** Where the body ends is said twice, or not so that it can be understood. */
function isFramingUnclear({ isLengthUnclear, contentLength, transferEncoding }: Response): boolean {
  if (transferEncoding === null) return isLengthUnclear;
  return isLengthUnclear || contentLength !== null || /\bchunked\b.*,/i.test(transferEncoding);
}

/** Any other coding is read as it comes, to the end of the connection. */
const isChunked = (transferEncoding: string): boolean => /(?:^|[,\s])chunked\s*$/i.test(transferEncoding);

/** A 1xx response says nothing that we asked for: forget it and read on. */
function endInterim(response: Response): void {
  response.interimBytes += response.headBytes;
  if (response.interimBytes > mostHeadBytes) {
    return malformed(response, `The receiver sent more than ${mostHeadBytes} bytes of interim responses.`);
  }
  response.phase = "status";
  response.headBytes = 0;
  response.contentLength = null;
  response.isLengthUnclear = false;
  response.transferEncoding = null;
  response.keepAliveMs = null;
  response.location = null;
  response.retryAfter = null;
}
