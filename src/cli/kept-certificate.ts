// The certificate of `belfry listen --ca-file FILE`, kept beside that file, so that a server which trusts the authority in
// it goes on doing so when listen is started again. The authority's own key is never kept: nobody can sign with it later.

import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { createCertificates } from "./certificate.ts";
import { CommandFailure } from "./failure.ts";

export interface KeptCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

const dayMs = 86_400_000;
/** One that ends sooner is made anew. */
const leastLeftMs = dayMs;
const days = 365;

/** Reads the certificate from `<caFile>.key`, or makes one where there is none that fits these names. Throws a CommandFailure
 * rather than write over an authority that is somebody else's. */
export async function keptCertificate(caFile: string, names: readonly string[], now: number): Promise<KeptCertificate> {
  const keyFile = `${caFile}.key`;
  const kept = existsSync(keyFile);
  if (existsSync(caFile) && !kept) {
    throw new CommandFailure(`${caFile} exists and was not written by listen: name another file with --ca-file.`);
  }
  try {
    if (kept) {
      const text = readFileSync(keyFile, "utf8");
      if (fits(text, readFileSync(caFile, "utf8"), names, now)) return { certificate: text, key: text };
    }
    const { ca, certificate, key } = await createCertificates(names, { now, days });
    // The mode counts only for new files.
    rmSync(keyFile, { force: true });
    writeFileSync(keyFile, `${certificate}\n${key}\n`, { mode: 0o600 });
    writeFileSync(caFile, ca);
    return { certificate, key };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`${caFile} cannot be written (${(cause as Error).message}): name another file.`, {
      cause,
    });
  }
}

function fits(certificate: string, ca: string, names: readonly string[], now: number): boolean {
  try {
    const leaf = new X509Certificate(certificate);
    const covers = (name: string) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
    const left = Date.parse(leaf.validTo) - now;
    return left > leastLeftMs && leaf.checkIssued(new X509Certificate(ca)) && names.every(covers);
  } catch {
    return false;
  }
}
