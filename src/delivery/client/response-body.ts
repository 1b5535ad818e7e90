// The body of a response, and what stands between its chunks. Nothing is decompressed, and nothing here changes what the
// status said.

import { isOver, isSuccess, mostKeptBytes, type Response } from "./response.ts";

/** Everything after the head, chunk sizes and trailers included. */
const mostBodyBytes = 65_536;

/** Takes what belongs to the body from the bytes; returns where it stopped. */
export function feedBody(response: Response, bytes: Buffer, from: number): number {
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
