// The guard as the APIs ask it: the URL's text, then every address its name has now.

import type { DestinationGuard, Verdict } from "../destination-guard.ts";
import type { Resolver } from "./resolver.ts";
import { addressNotAllowed, allowed, judgeAddress } from "./address.ts";
import { judgeHeader, judgeHeaders } from "./header.ts";
import type { Policy } from "./policy.ts";
import { isMasked, isPlaceholder, placeholderMust } from "../../model/placeholder.ts";
import { judgeUrl } from "./url.ts";

export function createDestinationGuard(policy: Policy, resolver: Resolver): DestinationGuard {
  // What was stored before there was this rule goes on being sent.
  const header: DestinationGuard["header"] = (name, value, basicAuth) =>
    isPlaceholder(value)
      ? { allowed: false, code: "header_forbidden", message: `The value of ${name} ${placeholderMust}` }
      : judgeHeader(name, value, basicAuth);
  return {
    async url(url, organization) {
      if (isShownUrl(url)) return shownUrl;
      const verdict = judgeUrl(url, policy);
      if (!verdict.allowed) return verdict;
      if (verdict.target.isAddress) return allowed;
      const resolution = await resolver.resolve(verdict.target.hostname, organization);
      // A name without an address may get one later; it is judged again before every connection.
      return resolution.found ? judgeAddresses(resolution.addresses, policy) : allowed;
    },
    header,
    headers: (headers, beside) => judgeHeaders(headers, beside, header),
  };
}

/** A URL as somebody is shown it who may not see it whole: it ends in `/…`, or a value of its query is masked. */
function isShownUrl(url: string): boolean {
  if (/\/(?:…|%E2%80%A6)$/i.test(url)) return true;
  const values = url.split("?").slice(1).join("?").split("&");
  return values.some((pair) => isMasked(pair.slice(pair.indexOf("=") + 1)));
}

const shownUrl = {
  allowed: false,
  code: "url_forbidden",
  message: "The URL is not whole: it is the text that a tool shows in its place. Write all of it.",
} as const;

/** One forbidden address forbids them all: which one a client takes is chance, and an attacker's to try. */
export function judgeAddresses(addresses: readonly string[], policy: Policy): Verdict {
  return addresses.every((address) => judgeAddress(address, policy).allowed) ? allowed : addressNotAllowed;
}
