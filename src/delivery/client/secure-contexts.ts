// What a TLS handshake shows and trusts, by identity. Making one takes milliseconds, so the latest are kept.

import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { LRUCache } from "lru-cache";
import type { TlsIdentity } from "../attempt/tls-identity.ts";

/** Throws where OpenSSL does not take what is in the identity. */
export type SecureContexts = (identity: TlsIdentity | null) => SecureContext;

const mostKept = 500;

/** `ca`: PEM of authorities that the installation trusts besides the usual ones. */
export function createSecureContexts(ca: readonly string[]): SecureContexts {
  const usual = ca.length > 0 ? { ca: [...getCACertificates("default"), ...ca] } : {};
  const make = (identity: TlsIdentity | null): SecureContext =>
    createSecureContext({
      minVersion: "TLSv1.2",
      ...(identity?.authorities ? { ca: identity.authorities } : usual),
      ...(identity?.client && { cert: identity.client.certificate, key: identity.client.privateKey }),
    });
  const common = make(null);
  const own = new LRUCache<string, SecureContext>({ max: mostKept });

  return (identity) => {
    if (identity === null) return common;
    let context = own.get(identity.name);
    if (context === undefined) own.set(identity.name, (context = make(identity)));
    return context;
  };
}
