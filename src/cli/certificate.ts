// Throw-away certificates for `demo`, `listen` and the tests: an authority of one run, and leaves it signs for names and
// IP addresses. Nothing of it is kept; never use it for a public receiver.

import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type * as X509 from "@peculiar/x509";

export interface Leaf {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export interface LeafOptions {
  /** The leaf is valid from an hour before this time (epoch ms). */
  readonly now: number;
  /** How long it lasts from then. Default 30. */
  readonly days?: number;
  /** Default: the first name. */
  readonly commonName?: string;
  /** Default `server`. */
  readonly purpose?: "server" | "client";
  /** An RSA key of so many bits instead of a P-256 one. */
  readonly rsaBits?: number;
}

export interface Authority {
  /** PEM of the authority's own certificate: what a sender must trust. */
  readonly ca: string;
  /** A leaf for DNS names and IP addresses. */
  issue(names: readonly string[], options: LeafOptions): Promise<Leaf>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;
const day = 24 * hour;

/** An authority that is valid for years around `now` (epoch ms). */
export async function createAuthority(now: number): Promise<Authority> {
  const x509 = await load();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Belfry throw-away authority",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now - 365 * day),
    notAfter: new Date(now + 365 * day),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  async function issue(names: readonly string[], options: LeafOptions): Promise<Leaf> {
    const { days = 30, commonName = names[0] ?? "leaf", purpose = "server" } = options;
    const leafKeys = await generateKeys(options.rsaBits);
    const usage = purpose === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const extensions: X509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ];
    if (names.length > 0) {
      const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
      extensions.push(new x509.SubjectAlternativeNameExtension(alternatives));
    }
    const leaf = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [commonName] }],
      issuer: root.subject,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(options.now - hour),
      notAfter: new Date(options.now - hour + days * day),
      extensions,
    });
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey);
    return { certificate: leaf.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
  }

  return { ca: root.toString("pem"), issue };
}

function generateKeys(rsaBits: number | undefined): Promise<webcrypto.CryptoKeyPair> {
  if (rsaBits === undefined) return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const publicExponent = Uint8Array.of(1, 0, 1);
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: rsaBits, publicExponent, hash: "SHA-256" };
  return crypto.subtle.generateKey(rsa, true, ["sign", "verify"]);
}

/** An authority and one leaf of it, for names and IP addresses. */
export async function createCertificates(
  names: readonly string[],
  options: LeafOptions,
): Promise<Leaf & { readonly ca: string }> {
  const authority = await createAuthority(options.now);
  return { ca: authority.ca, ...(await authority.issue(names, options)) };
}

/** Loaded when first needed. The library asks for a reflection polyfill while it loads and injects nothing by type, so
 * two functions that know nothing are enough, and only for that while. */
async function load(): Promise<typeof X509> {
  const reflect = Reflect as { getMetadata?: unknown; getOwnMetadata?: unknown };
  if (reflect.getMetadata !== undefined) return import("@peculiar/x509");
  reflect.getMetadata = reflect.getOwnMetadata = () => undefined;
  try {
    return await import("@peculiar/x509");
  } finally {
    delete reflect.getMetadata;
    delete reflect.getOwnMetadata;
  }
}
