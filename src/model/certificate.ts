// Certificates of a subscription: who Belfry is to its receiver, and whose word it takes for who the receiver is. Read from PEM by
// delivery/guard/certificates.ts; stored sealed, as parts of the endpoint.

/** What may be shown of a certificate. */
export interface CertificateFacts {
  /** `CN=belfry, O=Acme`, most general part last; may be empty. */
  readonly subject: string;
  /** Epoch ms. */
  readonly notAfter: number;
  /** SHA-256 of its bytes, 64 digits in lower-case hex. */
  readonly fingerprint: string;
}

/** The facts are those of the first certificate, the client's own. */
export interface ClientCertificate extends CertificateFacts {
  /** PEM: the client's own certificate, then those that lead to an authority. */
  readonly certificate: string;
  /** PEM; a secret. */
  readonly privateKey: string;
}

export interface OwnAuthorities {
  /** PEM. */
  readonly certificates: string;
  /** Of each, in their order. */
  readonly facts: readonly CertificateFacts[];
}
