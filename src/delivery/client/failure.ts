// What went wrong below HTTP, as an outcome's code and a sentence for the subscription's owner. The sentences name no
// address.

import type { OutcomeCode } from "../../model/attempt.ts";

export interface ClientFailure {
  readonly code: OutcomeCode;
  readonly detail: string;
}

const connectCodes: Readonly<Record<string, ClientFailure>> = {
  ECONNREFUSED: { code: "connect_refused", detail: "The receiver refuses connections on this port." },
  ECONNRESET: { code: "connect_reset", detail: "The receiver reset the connection." },
  EPIPE: { code: "connect_reset", detail: "The receiver reset the connection." },
  ETIMEDOUT: { code: "connect_timeout", detail: "The receiver did not accept a connection in time." },
};
const unreachable: ClientFailure = { code: "connect_unreachable", detail: "The receiver cannot be reached." };

const tlsCodes: Readonly<Record<string, ClientFailure>> = {
  CERT_HAS_EXPIRED: { code: "tls_expired", detail: "The receiver's certificate has expired." },
  CERT_NOT_YET_VALID: { code: "tls_not_yet_valid", detail: "The receiver's certificate is not yet valid." },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: "tls_name_mismatch",
    detail: "The receiver's certificate is for another name.",
  },
};
const cutHandshake: ClientFailure = {
  code: "connect_reset",
  detail: "The receiver cut the connection before TLS was agreed upon.",
};
const weakKey: ClientFailure = {
  code: "tls_untrusted",
  detail: "The receiver's certificate cannot be trusted: its key is too weak.",
};
const untrusted =
  /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

export function connectFailure(error: unknown): ClientFailure {
  return connectCodes[codeOf(error)] ?? unreachable;
}

/** For everything between the connection and the end of the handshake. */
export function tlsFailure(error: unknown): ClientFailure {
  const code = codeOf(error);
  const known = tlsCodes[code];
  if (known !== undefined) return known;
  // OpenSSL has no name for this one.
  if (code === "UNSPECIFIED" && /too weak/.test(String(error))) return weakKey;
  if (code === "ECONNRESET" || code === "EPIPE") return cutHandshake;
  if (untrusted.test(code)) {
    return { code: "tls_untrusted", detail: `The receiver's certificate cannot be trusted (${code}).` };
  }
  return { code: "tls_failed", detail: "No TLS connection could be made: the receiver must speak TLS 1.2 or newer." };
}

/** After the request was sent. A demand for a client certificate arrives only then. */
export function exchangeFailure(error: unknown): ClientFailure {
  if (/^ERR_SSL|^EPROTO$/.test(codeOf(error))) {
    return { code: "tls_failed", detail: "The receiver ended the TLS connection with an error." };
  }
  return { code: "closed_early", detail: "The receiver closed the connection before it answered." };
}

export const dnsDetails = {
  dns_not_found: "The host name has no address.",
  dns_failed: "The host name could not be looked up.",
  dns_timeout: "The host name was not looked up in time.",
} as const;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
