// The token of `Authorization: Bearer …` [RFC 6750 §2.1].

/** null: it is not sent so. */
export const bearerIn = (authorization: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? null;
