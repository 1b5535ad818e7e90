// Certificates in PEM text, which people give and files hold. Pure.

import { X509Certificate } from "node:crypto";

export interface Certificate {
  readonly pem: string;
  readonly x509: X509Certificate;
}

/** A text says what is wrong. */
export function certificatesIn(text: string): readonly Certificate[] | string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return "No certificate was found. Send PEM: -----BEGIN CERTIFICATE----- and its lines.";
  const all: Certificate[] = [];
  for (const [index, pem] of blocks.entries()) {
    try {
      all.push({ pem, x509: new X509Certificate(pem) });
    } catch {
      return `Certificate ${index + 1} cannot be read. Send it whole, in PEM.`;
    }
  }
  return all;
}
