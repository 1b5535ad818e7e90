// A key that is ready to sign or verify, whichever kind it is. hmac.ts and ed25519.ts make keys; sign.ts and verify.ts use
// them.

/** The kind of a signature, as it stands in front of it: `v1` is HMAC-SHA256, `v1a` is ed25519. */
export type Tag = "v1" | "v1a";

/** Made by `prepareSecret`. A key makes and accepts signatures of one kind only. `head` is `<id>.<timestamp>.`; text stands
 * for its UTF-8 bytes. */
export interface Key {
  readonly tag: Tag;
  /** Returns the signature of `head` followed by the body, in base64. Null for a public key, which cannot sign. */
  readonly sign: ((head: string, body: Uint8Array | string) => string) | null;
  /** Whether any of these signatures, in base64 without their tag, is valid. */
  readonly accepts: (head: string, body: Uint8Array | string, signatures: readonly string[]) => boolean;
}
