// Reads the certificates of BELFRY_CA_FILE, once at the start.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { StartError } from "../errors.ts";

/** The text of a PEM file with at least one certificate, and none that cannot be read; else a StartError. */
export function readAuthorities(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const certificates = blocks.map((block) => new X509Certificate(block));
    if (certificates.length > 0) return text;
    throw new Error("It holds no certificate.");
  } catch (cause) {
    throw new StartError(`BELFRY_CA_FILE must name a PEM file with certificates; ${file} cannot be read as one.`, {
      cause,
    });
  }
}
