// What came of an attempt, as the end of a sentence that begins with the receiver or the attempt.

const words: Readonly<Record<string, string>> = {
  http_error: "answered with an error",
  redirect: "answered with a redirect",
  delivered: "accepted it",
  gone: "answered 410: it is gone for good",
  timeout: "did not answer in time",
  dns_not_found: "has a host name that does not exist",
  dns_failed: "has a host name that could not be looked up",
  dns_timeout: "has a host name whose look-up took too long",
  connect_refused: "refused the connection",
  connect_reset: "dropped the connection",
  connect_unreachable: "could not be reached",
  connect_timeout: "did not take the connection in time",
  tls_expired: "has a certificate that is over",
  tls_not_yet_valid: "has a certificate that is not valid yet",
  tls_name_mismatch: "has a certificate for another name",
  tls_untrusted: "has a certificate that nobody trusts",
  tls_failed: "failed the TLS handshake",
  address_forbidden: "has an address that deliveries may not go to",
  url_forbidden: "has a URL that deliveries may not go to",
  header_forbidden: "asks for a header that may not be sent",
  protocol_error: "did not answer in HTTP",
  response_headers_too_large: "answered with headers that are too large",
  closed_early: "ended the connection before its answer was whole",
  interrupted: "was being called when Belfry stopped",
  local_shortage: "was not called: this machine had no file or port left",
};

/** Of attempts that were none. */
const without: Readonly<Record<string, string>> = {
  cancelled: "Cancelled before it was sent",
  expired: "Its event reached the end of its retention",
  superseded: "A newer state of its subject took its place",
  quarantined: "Held in quarantine: it was under way at several crashes",
};

/** `answered 503`, `did not answer in time`. `status`: null where several attempts are meant, or there was none. */
export function outcomeWords(code: string, status: number | null): string {
  if (status !== null && code !== "gone" && (code === "http_error" || code === "redirect" || code === "delivered")) {
    return `answered ${status}`;
  }
  return words[code] ?? code.replaceAll("_", " ");
}

/** `The receiver answered 503.` */
export function outcomeSentence(code: string, status: number | null): string {
  const end = without[code];
  return end === undefined ? `The receiver ${outcomeWords(code, status)}.` : `${end}.`;
}

/** Outcomes by which a list can be narrowed. */
export const outcomeCodes: readonly string[] = [...Object.keys(words), ...Object.keys(without)];
