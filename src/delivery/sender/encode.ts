// A request as bytes, head and body in one piece, so that it leaves in one write. The last place where a header that
// would split or reframe the message is stopped.

import { isFieldValue, isToken } from "../guard/header.ts";
import type { Target } from "../guard/url.ts";
import type { DeliveryRequest } from "../request.ts";

/** The sender's own, or not to be said by anyone. */
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Null when a header cannot be sent. */
export function encodeRequest(request: DeliveryRequest, target: Target): Buffer | null {
  let head = `POST ${target.path} HTTP/1.1\r\nhost: ${target.host}\r\n`;
  for (const [name, value] of request.headers) {
    if (!isToken(name) || !isFieldValue(value) || framing.has(name.toLowerCase())) return null;
    head += `${name}: ${value}\r\n`;
  }
  head += `content-length: ${request.body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + request.body.length);
  bytes.write(head, 0, "latin1");
  bytes.set(request.body, head.length);
  return bytes;
}
