// May this address be called? Judged on its bytes, never on text; forms of IPv6 that carry an IPv4 address are judged by
// what they carry.

import type { Verdict } from "../destination-guard.ts";
import { contains, parseAddress, parseNetwork, type AddressBytes, type Network } from "./network.ts";
import type { Policy } from "./policy.ts";
import { ranges, type RangeKind } from "./ranges.ts";

export const allowed: Verdict = { allowed: true };

/** One text for every address, so that it tells nothing about where a name leads. */
export const addressNotAllowed: Verdict = {
  allowed: false,
  code: "address_forbidden",
  message: "The address is not allowed. Which networks may be called is decided by the operator of this server.",
};

const table: readonly (Network & { readonly kind: RangeKind })[] = ranges
  .map(([cidr, kind]) => ({ ...parseNetwork(cidr)!, kind }))
  .toSorted((a, b) => b.bits - a.bits);

/** Takes an address as text or as its 4 or 16 bytes. Anything else is not allowed. */
export function judgeAddress(address: string | AddressBytes, policy: Policy): Verdict {
  const bytes = typeof address === "string" ? parseAddress(address) : address;
  return bytes !== null && isOpen(bytes, policy) ? allowed : addressNotAllowed;
}

function isOpen(address: AddressBytes, policy: Policy): boolean {
  const kind = kindOf(address);
  if (kind === "carries") return isOpen(address.slice(12), policy);
  if (policy.denied.some((network) => contains(network, address))) return false;
  // ISATAP hides an IPv4 address in the low half of any prefix: both must be open.
  if (isIsatap(address) && !isOpen(address.slice(12), policy)) return false;
  if (kind === "public") return true;
  if (kind === "never") return false;
  if (kind === "loopback" && !policy.loopback) return false;
  if (kind === "metadata" && !policy.metadata) return false;
  return policy.networks.some((network) => contains(network, address));
}

function kindOf(address: AddressBytes): RangeKind {
  for (const range of table) {
    if (contains(range, address)) return range.kind;
  }
  return "never";
}

/** `…:0:5efe:a.b.c.d` or `…:200:5efe:a.b.c.d` [RFC 5214]. */
function isIsatap(address: AddressBytes): boolean {
  if (address.length !== 16) return false;
  const marked = address[9] === 0 && address[10] === 0x5e && address[11] === 0xfe;
  return marked && (address[8] === 0 || address[8] === 2);
}
