// The guard as the APIs ask it: the URL's text, then every address its name has now.

import type { DestinationGuard, Verdict } from "../destination-guard.ts";
import type { Resolver } from "./resolver.ts";
import { addressNotAllowed, allowed, judgeAddress } from "./address.ts";
import { judgeHeader } from "./header.ts";
import type { Policy } from "./policy.ts";
import { judgeUrl } from "./url.ts";

export function createDestinationGuard(policy: Policy, resolver: Resolver): DestinationGuard {
  return {
    async url(url, organization) {
      const verdict = judgeUrl(url, policy);
      if (!verdict.allowed) return verdict;
      if (verdict.target.isAddress) return allowed;
      const resolution = await resolver.resolve(verdict.target.hostname, organization);
      // A name without an address may get one later; it is judged again before every connection.
      return resolution.found ? judgeAddresses(resolution.addresses, policy) : allowed;
    },
    header: judgeHeader,
  };
}

/** One forbidden address forbids them all: which one a client takes is chance, and an attacker's to try. */
export function judgeAddresses(addresses: readonly string[], policy: Policy): Verdict {
  return addresses.every((address) => judgeAddress(address, policy).allowed) ? allowed : addressNotAllowed;
}
