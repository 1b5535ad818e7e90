// Certificates that an owner gives for a subscription, read from PEM and judged by everything that can be told without a receiver.
// Pure. What is wrong comes back as a sentence that says what to do and quotes nothing of a key.

import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { type Certificate, certificatesIn } from "../../certificates.ts";
import type { CertificateFacts, ClientCertificate, OwnAuthorities } from "../../model/certificate.ts";

const mostInChain = 10;
const mostAuthorities = 20;

/** `now`: epoch ms. A text says what is wrong. */
export function readClientCertificate(
  { certificate, privateKey }: { readonly certificate: string; readonly privateKey: string },
  now: number,
): ClientCertificate | string {
  const chain = readChain(certificate, mostInChain);
  if (typeof chain === "string") return chain;
  const key = readKey(privateKey);
  if (typeof key === "string") return key;
  const fitting = chain.findIndex(({ x509 }) => x509.checkPrivateKey(key.key));
  if (fitting === -1) return "The private key is not that of the certificate. Send the two that belong together.";
  if (fitting > 0) {
    return `The private key is that of certificate ${fitting + 1}. Send that one first, then those that lead to an authority.`;
  }
  const apart = chain.findIndex(({ x509 }, index) => index > 0 && !chain[index - 1]!.x509.checkIssued(x509));
  if (apart > 0) {
    return `Certificate ${apart + 1} did not issue certificate ${apart}. Send the client's own first, and after each the one that issued it.`;
  }
  const wrong = untimely(chain, now) ?? unusable({ cert: pemOf(chain), key: key.pem });
  if (wrong !== null) return wrong;
  return { ...factsOf(chain[0]!.x509), certificate: pemOf(chain), privateKey: key.pem };
}

/** `now`: epoch ms. A text says what is wrong. */
export function readOwnAuthorities(text: string, now: number): OwnAuthorities | string {
  const all = readChain(text, mostAuthorities);
  if (typeof all === "string") return all;
  const stranger = all.findIndex(({ x509 }) => !x509.ca && !x509.checkIssued(x509));
  if (stranger !== -1) {
    return `Certificate ${stranger + 1} is no authority's, and not signed by itself. Send that of the authority which issued it.`;
  }
  const wrong = untimely(all, now) ?? unusable({ ca: pemOf(all) });
  return wrong ?? { certificates: pemOf(all), facts: all.map(({ x509 }) => factsOf(x509)) };
}

function readChain(text: string, most: number): readonly Certificate[] | string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return "A private key stands among the certificates. Leave it out: it goes into private_key.";
  }
  const all = certificatesIn(text);
  return typeof all === "string" || all.length <= most
    ? all
    : `There are ${all.length} certificates. Send ${most} at most.`;
}

function readKey(text: string): { readonly pem: string; readonly key: KeyObject } | string {
  const [pem, another] = text.match(/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/g) ?? [];
  if (pem === undefined) return "No private key was found. Send PEM: -----BEGIN PRIVATE KEY----- and its lines.";
  if (another !== undefined) return "There are several private keys. Send the one of the certificate.";
  if (/ENCRYPTED/.test(pem)) {
    return "The private key is locked with a passphrase. Send it without one: openssl pkey -in FILE.";
  }
  try {
    return { pem, key: createPrivateKey(pem) };
  } catch {
    return "The private key cannot be read. Send it whole, in PEM.";
  }
}

function untimely(chain: readonly Certificate[], now: number): string | null {
  for (const [index, { x509 }] of chain.entries()) {
    const name = `Certificate ${index + 1} (${subjectOf(x509)})`;
    if (x509.validToDate.getTime() <= now) return `${name} expired on ${day(x509.validToDate)}. Send a newer one.`;
    if (x509.validFromDate.getTime() > now) {
      return `${name} is not valid before ${day(x509.validFromDate)}. Send one that is valid now.`;
    }
  }
  return null;
}

/** TLS has rules of its own, such as how long a key must be. */
function unusable(options: SecureContextOptions): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return `TLS does not take this certificate${code}: its key may be too short, or of a kind that TLS does not know.`;
  }
}

const pemOf = (chain: readonly Certificate[]): string => `${chain.map(({ pem }) => pem).join("\n")}\n`;

const day = (date: Date): string => date.toISOString().slice(0, 10);

/** Node gives one part on each line, and nothing where there is none. */
const subjectOf = ({ subject }: X509Certificate): string =>
  ((subject as string | undefined) ?? "").replaceAll("\n", ", ");

function factsOf(x509: X509Certificate): CertificateFacts {
  const fingerprint = x509.fingerprint256.replaceAll(":", "").toLowerCase();
  return { subject: subjectOf(x509), notAfter: x509.validToDate.getTime(), fingerprint };
}
