// May a customer name this header for their key? Not one that frames the message, that Belfry itself sends, or that makes
// a cloud's metadata service talk.

import type { Endpoint } from "../../model/subscription.ts";
import type { Verdict } from "../destination-guard.ts";
import { allowed } from "./address.ts";

const reserved = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "date",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "metadata",
  "metadata-flavor",
  "set-cookie",
  "stripe-signature",
  "te",
  "traceparent",
  "tracestate",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
  "x-google-metadata-request",
  "x-hub-signature",
  "x-hub-signature-256",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "__proto__",
]);
const reservedStart = /^(?:webhook-|belfry-|proxy-|x-forwarded-|x-aws-ec2-metadata-token)/;

const longestName = 256;
const longestValue = 8192;

/** `basicAuth`: the subscription signs in with a user name too, which takes the Authorization header. */
export function judgeHeader(name: string, value: string, basicAuth = false): Verdict {
  if (!isToken(name) || name.length > longestName) {
    return refuse(`A header name is 1 to ${longestName} letters, digits and -_.!#$%&'*+^\`|~.`);
  }
  const lower = name.toLowerCase();
  if (reserved.has(lower) || reservedStart.test(lower))
    return refuse(`The header ${name} is reserved. Use another name.`);
  if (lower === "authorization" && basicAuth) {
    return refuse("The header Authorization is taken by basic authentication. Use another name or leave one out.");
  }
  if (value.length > longestValue) return refuse(`The value of a header is at most ${longestValue} characters long.`);
  if (!isFieldValue(value)) {
    return refuse("The value of a header is printable ASCII, with no space at either end.");
  }
  return allowed;
}

/** All headers of the owner's choice, beside those by which the vendor's API lets Belfry in. */
export function judgeHeaders(
  headers: Readonly<Record<string, string>>,
  { apiKey, basicAuth }: Pick<Endpoint, "apiKey" | "basicAuth">,
  judge: typeof judgeHeader = judgeHeader,
): Verdict {
  const taken = new Set(apiKey === null ? [] : [apiKey.name.toLowerCase()]);
  for (const [name, value] of Object.entries(headers)) {
    const verdict = judge(name, value, basicAuth !== null);
    if (!verdict.allowed) return verdict;
    if (taken.has(name.toLowerCase())) return refuse(`The header ${name} is there already. Use another name.`);
    taken.add(name.toLowerCase());
  }
  return allowed;
}

/** A name as HTTP allows it [RFC 9110 §5.6.2]. */
export function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/** Printable ASCII with no space at either end; may be empty. */
export function isFieldValue(value: string): boolean {
  return /^(?:[!-~](?:[ -~]*[!-~])?)?$/.test(value);
}

function refuse(message: string): Verdict {
  return { allowed: false, code: "header_forbidden", message };
}
