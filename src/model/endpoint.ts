// What stays of an endpoint when its URL is changed. Pure: both vendors' APIs change it by the same rule.

import type { Endpoint } from "./subscription.ts";

type Kept = Pick<Endpoint, "headers" | "clientCertificate" | "authorities">;

/** What no vendor's API names: it stays at the same origin, and goes with another, since nobody who changes the address may send a
 * secret to where its owner did not want it. */
export function keptAt(url: string, before: Endpoint): Kept {
  if (!isSameOrigin(url, before.url)) return {};
  const { headers, clientCertificate, authorities } = before;
  return {
    ...(headers && { headers }),
    ...(clientCertificate && { clientCertificate }),
    ...(authorities && { authorities }),
  };
}

/** Scheme, host and port. Text that is no URL has the origin of the same text alone. */
export const isSameOrigin = (a: string, b: string): boolean => originOf(a) === originOf(b);

const originOf = (url: string): string => URL.parse(url)?.origin ?? url;
