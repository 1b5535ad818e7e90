// Who Belfry is to a receiver, and whose word it takes for who the receiver is: of those subscriptions that say so themselves.

import { createHash } from "node:crypto";
import type { Endpoint } from "../../model/subscription.ts";

export interface TlsIdentity {
  /** Of the same name exactly when everything in it is the same. */
  readonly name: string;
  /** PEM; null: Belfry shows no certificate. */
  readonly client: { readonly certificate: string; readonly privateKey: string } | null;
  /** PEM; null: the authorities of the installation. */
  readonly authorities: string | null;
}

/** null: as of all others. */
export function identityOf({ clientCertificate, authorities }: Endpoint): TlsIdentity | null {
  if (clientCertificate === undefined && authorities === undefined) return null;
  const { certificate, privateKey } = clientCertificate ?? {};
  const client = certificate && privateKey ? { certificate, privateKey } : null;
  const own = authorities?.certificates ?? null;
  const name = createHash("sha256")
    .update(JSON.stringify([client?.certificate ?? null, client?.privateKey ?? null, own]))
    .digest("base64url");
  return { name, client, authorities: own };
}
