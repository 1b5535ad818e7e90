// MAC addresses as people write them, and the one form that Belfry keeps.

/** Lower case with hyphens, from any spelling (colons, dots, hyphens, none) of 6 or 8 bytes; null: it is none. */
export function normalMac(text: string): string | null {
  const digits = text.replace(/[-:.]/g, "").toLowerCase();
  if (!/^(?:[0-9a-f]{12}|[0-9a-f]{16})$/.test(digits)) return null;
  return digits.match(/../g)!.join("-");
}
