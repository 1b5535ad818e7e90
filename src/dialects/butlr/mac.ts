// MAC addresses in the one spelling that matching compares: lower case, pairs joined by hyphens [butlr.md §3].

/** `00:17:0D:…`, `0017.0d00.…` and bare digits give `00-17-0d-…`; what is no hexadecimal address is only lower-cased. */
export function normalMac(text: string): string {
  const lower = text.trim().toLowerCase();
  const digits = lower.replaceAll(/[-:.]/g, "");
  if (!/^(?:[0-9a-f]{12}|[0-9a-f]{16})$/.test(digits)) return lower;
  return digits.match(/../g)!.join("-");
}
