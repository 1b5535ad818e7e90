// Reads one HTTP/1.1 response from bytes as they come: the same bytes give the same result however they are cut. Pure: knows
// no socket and no clock. What is read and what is kept is bounded; nothing is ever decompressed.

import { isOver, type Response } from "./response.ts";
import { feedBody } from "./response-body.ts";
import { mostHeadBytes, readHead } from "./response-head.ts";

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
