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
/** What was wrong with the handshake, by OpenSSL's name for it. Several names for one thing: versions of OpenSSL differ. */
const handshakes: readonly (readonly [RegExp, string])[] = [
  [/NO_APPLICATION_PROTOCOL/, "The receiver speaks no HTTP/1.1 here, perhaps HTTP/2 alone. Allow HTTP/1.1 beside it."],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/,
    "No TLS connection could be made: the receiver must speak TLS 1.2 or newer.",
  ],
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE/,
    "The receiver does not speak TLS on this port.",
  ],
  [
    /CERTIFICATE_REQUIRED/,
    "The receiver demands a client certificate, and Belfry has none. Give the subscription a client_certificate.",
  ],
  [
    /HANDSHAKE_FAILURE/,
    "The receiver ended the TLS handshake: it demands a client certificate, or has no cipher in common with Belfry.",
  ],
  [/UNRECOGNIZED_NAME/, "The receiver has no certificate for this host name."],
];
/** What a receiver says of a certificate that it does not take: it can only be Belfry's. */
const clientRefused =
  /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|UNKNOWN)|ACCESS_DENIED)/;
const untrusted =
  /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

export const badIdentity: ClientFailure = {
  code: "tls_failed",
  detail:
    "TLS does not take the client_certificate or the ca_certificates of this subscription any more. Give it new ones.",
};

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
  return { code: "tls_failed", detail: handshakeDetail(code) ?? `No TLS connection could be made${named(code)}.` };
}

/** After the handshake. In TLS 1.3 a receiver may object to it only then: an alert is its word on that, not a lost answer. */
export function exchangeFailure(error: unknown): ClientFailure {
  const code = codeOf(error);
  if (/^ERR_SSL|^EPROTO$/.test(code)) {
    const detail = handshakeDetail(code) ?? `The receiver ended the TLS connection with an error${named(code)}.`;
    return { code: "tls_failed", detail };
  }
  return { code: "closed_early", detail: "The receiver closed the connection before it answered." };
}

const handshakeDetail = (code: string): string | undefined =>
  clientRefused.test(code)
    ? `The receiver refused the client certificate${named(code)}.`
    : handshakes.find(([name]) => name.test(code))?.[1];

const named = (code: string): string => (code === "" ? "" : ` (${code})`);

export const dnsDetails = {
  dns_not_found: "The host name has no address.",
  dns_failed: "The host name could not be looked up.",
  dns_timeout: "The host name was not looked up in time.",
} as const;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
