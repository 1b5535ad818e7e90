// A request as it goes out, head and body in one piece, so that it leaves in one write. The last place where a header that
// would split or reframe the message is stopped.

import { isToken } from "../guard/header.ts";
import type { Target } from "../guard/url.ts";
import type { DeliveryRequest } from "../attempt/request.ts";

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

/** Text stands for its latin1 bytes, which spares a copy where all of it is ASCII. */
export type Encoded = string | Buffer;

/** Null when a header cannot be sent. */
export function encodeRequest(
  { headers, body }: DeliveryRequest,
  target: Pick<Target, "host" | "path">,
): Encoded | null {
  let head = "";
  for (const [name, value] of headers) {
    if (!isSendable(name)) return null;
    head += `${name}: ${value}\r\n`;
  }
  // All values in one look. One that brings a line end of its own makes more lines than there are headers.
  if (!linesOf(headers.length).test(head)) return null;
  const length = Buffer.byteLength(body);
  head = `POST ${target.path} HTTP/1.1\r\nhost: ${target.host}\r\n${head}content-length: ${length}\r\n\r\n`;
  return length === body.length ? head + body : Buffer.from(head + body);
}

const mostNames = 1_000;
const judged = new Map<string, boolean>();

function isSendable(name: string): boolean {
  let sendable = judged.get(name);
  if (sendable === undefined) {
    sendable = isToken(name) && !framing.has(name.toLowerCase());
    if (judged.size < mostNames) judged.set(name, sendable);
  }
  return sendable;
}

const lines: RegExp[] = [];

/** So many lines of a name and a value that is printable ASCII with no space at either end, or empty. */
function linesOf(count: number): RegExp {
  return (lines[count] ??= new RegExp(`^(?:[^\\s:]+: (?:[!-~](?:[ -~]*[!-~])?)?\\r\\n){${count}}$`));
}
