// Addresses and networks as bytes. The library reads the text, nothing of its opinion on ranges is used.

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** 4 or 16 bytes, network order. */
export type AddressBytes = readonly number[];

export interface Network {
  readonly bytes: AddressBytes;
  /** How many leading bits count. */
  readonly bits: number;
}

/** Null for text that is not a plain address: odd spellings, zone ids, ports. */
export function parseAddress(text: string): AddressBytes | null {
  if (isIP(text) === 0 || text.includes("%")) return null;
  return ipaddr.parse(text.includes(":") ? withoutDots(text) : text).toByteArray();
}

/** `::1.2.3.4` as `::102:304`; the library would read it as the mapped form, another address. */
function withoutDots(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
}

/** Null for text that is not `address/bits`, or with bits set behind the prefix. */
export function parseNetwork(text: string): Network | null {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const bytes = match && parseAddress(match[1]!);
  if (!bytes) return null;
  const bits = Number(match[2]);
  if (bits > bytes.length * 8) return null;
  for (let bit = bits; bit < bytes.length * 8; bit++) {
    if ((bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) return null;
  }
  return { bytes, bits };
}

export function contains(network: Network, address: AddressBytes): boolean {
  if (network.bytes.length !== address.length) return false;
  const whole = network.bits >> 3;
  for (let at = 0; at < whole; at++) {
    if (network.bytes[at] !== address[at]) return false;
  }
  const rest = network.bits & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (network.bytes[whole]! & mask) === (address[whole]! & mask);
}
