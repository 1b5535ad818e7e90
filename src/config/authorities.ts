// Reads the certificates of BELFRY_CA_FILE, once at the start.

import { readFileSync } from "node:fs";
import { certificatesIn } from "../certificates.ts";
import { StartError } from "../errors.ts";

/** The text of a PEM file with at least one certificate, and none that cannot be read; else a StartError. */
export function readAuthorities(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    const found = certificatesIn(text);
    if (typeof found !== "string") return text;
    throw new Error(found);
  } catch (cause) {
    throw new StartError(`BELFRY_CA_FILE must name a PEM file with certificates; ${file} cannot be read as one.`, {
      cause,
    });
  }
}
