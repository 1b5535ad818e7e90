// The endpoint of a subscription as the operator API shows it. Values that let Belfry in are part of no view; viewers see no
// more of the rest than at the vendors' APIs, where the answer is the same whether there is a key or not.

import { z } from "zod";
import type { Principal } from "../../model/principal.ts";
import type { CertificateFacts } from "../../model/certificate.ts";
import { type Endpoint, maskedUrl } from "../../model/subscription.ts";
import { iso, time } from "./time.ts";

const certificateSchema = z.object({
  subject: z.string(),
  not_after: time,
  fingerprint: z.string().describe("SHA-256, in hex."),
});

export const endpointSchema = z.object({
  url: z.string().describe("For viewers scheme and host alone: `https://host/…`."),
  timeout_ms: z.number().nullable().describe("Null: the default of the installation."),
  has_api_key: z.boolean().nullable().describe("Null for viewers, as all that follows."),
  api_key_header: z.string().nullable(),
  has_basic_auth: z.boolean().nullable(),
  basic_auth_username: z.string().nullable(),
  header_names: z.array(z.string()).nullable().describe("Headers of the owner's choice; their values are never shown."),
  client_certificate: certificateSchema
    .nullable()
    .describe("Shown to the receiver in TLS; null: none. Its key is never shown."),
  ca_certificates: z
    .array(certificateSchema)
    .nullable()
    .describe("Authorities of which the receiver's certificate must be; null: the usual ones."),
});

export function showEndpoint(
  { url, timeoutMs, apiKey, basicAuth, headers = {}, clientCertificate, authorities }: Endpoint,
  who: Principal,
): z.input<typeof endpointSchema> {
  const isHidden = who.role === "viewer";
  const shown = <Value>(value: Value): Value | null => (isHidden ? null : value);
  return {
    url: isHidden ? maskedUrl(url) : url,
    timeout_ms: timeoutMs,
    has_api_key: shown(apiKey !== null),
    api_key_header: shown(apiKey?.name ?? null),
    has_basic_auth: shown(basicAuth !== null),
    basic_auth_username: shown(basicAuth?.username ?? null),
    header_names: shown(Object.keys(headers)),
    client_certificate: shown(clientCertificate === undefined ? null : showCertificate(clientCertificate)),
    ca_certificates: shown(authorities?.facts.map(showCertificate) ?? null),
  };
}

const showCertificate = ({ subject, notAfter, fingerprint }: CertificateFacts): z.input<typeof certificateSchema> => ({
  subject,
  not_after: iso(notAfter),
  fingerprint,
});
