// The secrets that people give Belfry to sign with, as Standard Webhooks writes them: one rule at every way in. What does not
// fit is refused there, since the signer throws at it: at a delivery, or at the start of the server.

/** `whsec_` and 24 to 64 bytes in base64, whose padding may be left out. Bits beyond the last byte are 0, as encoders write. */
export const sharedSecretForm =
  /^whsec_(?:(?:[A-Za-z0-9+/]{4}){8,20}(?:[A-Za-z0-9+/][AQgw](?:==)?|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=?)?|(?:[A-Za-z0-9+/]{4}){21}(?:[A-Za-z0-9+/][AQgw](?:==)?)?)$/;

export const sharedSecretMust = "must be whsec_ and 24 to 64 bytes in base64";
