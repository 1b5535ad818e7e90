// The table of addresses: what each range is, as data [IANA special-purpose registries; platform documentation for the
// metadata addresses]. The longest range that covers an address decides; what no row opens is closed.

/**
 * - `public`: open.
 * - `private`: open where the operator lists it.
 * - `loopback`, `metadata`: open where the operator lists it and sets the switch of that name.
 * - `never`: closed always.
 * - `carries`: stands for the IPv4 address in its last four bytes.
 */
export type RangeKind = "public" | "private" | "loopback" | "metadata" | "never" | "carries";

export const ranges: readonly (readonly [cidr: string, kind: RangeKind, what: string])[] = [
  ["0.0.0.0/0", "public", "everything else of IPv4"],
  ["0.0.0.0/8", "loopback", "this network; 0.0.0.0 reaches loopback"],
  ["10.0.0.0/8", "private", "private"],
  ["100.64.0.0/10", "private", "carrier NAT"],
  ["100.100.100.200/32", "metadata", "Alibaba metadata"],
  ["127.0.0.0/8", "loopback", "loopback"],
  ["168.63.129.16/32", "metadata", "Azure platform service"],
  ["169.254.0.0/16", "metadata", "link-local, most metadata services"],
  ["172.16.0.0/12", "private", "private"],
  ["192.0.0.0/24", "never", "protocol assignments, Oracle metadata"],
  ["192.0.2.0/24", "private", "documentation"],
  ["192.31.196.0/24", "never", "AS112"],
  ["192.52.193.0/24", "never", "AMT"],
  ["192.88.99.0/24", "never", "old 6to4 relay"],
  ["192.168.0.0/16", "private", "private"],
  ["192.175.48.0/24", "never", "AS112"],
  ["198.18.0.0/15", "private", "benchmarking"],
  ["198.51.100.0/24", "private", "documentation"],
  ["203.0.113.0/24", "private", "documentation"],
  ["224.0.0.0/4", "never", "multicast"],
  ["240.0.0.0/4", "never", "reserved, broadcast"],

  ["::/0", "never", "not allocated"],
  ["2000::/3", "public", "global unicast"],
  ["::/8", "never", "unspecified, IPv4-compatible, translated and other embeddings"],
  ["::1/128", "loopback", "loopback"],
  ["::ffff:0:0/96", "carries", "IPv4-mapped"],
  ["64:ff9b::/32", "never", "local NAT64"],
  ["64:ff9b::/96", "carries", "NAT64"],
  ["100::/64", "never", "discard"],
  ["100:0:0:1::/64", "never", "dummy prefix"],
  ["2001::/23", "never", "Teredo, benchmarking, ORCHID, drone ids, anycasts"],
  ["2001:db8::/32", "private", "documentation"],
  ["2002::/16", "never", "6to4"],
  ["2620:4f:8000::/48", "never", "AS112"],
  ["3fff::/20", "private", "documentation"],
  ["5f00::/16", "never", "segment routing"],
  ["fc00::/7", "private", "unique local"],
  ["fd00:ec2::23/128", "metadata", "AWS pod identity"],
  ["fd00:ec2::254/128", "metadata", "AWS metadata"],
  ["fd20:ce::254/128", "metadata", "Google metadata"],
  ["fe80::/10", "metadata", "link-local"],
  ["fec0::/10", "private", "site-local"],
  ["ff00::/8", "never", "multicast"],
];
