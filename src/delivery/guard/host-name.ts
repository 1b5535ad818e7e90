// What is a host name at all, in lower case and without a dot at its end.

import { domainToUnicode } from "node:url";

export function isHostName(name: string): boolean {
  if (name.length > 253) return false;
  return name.split(".").every((label) => {
    if (!/^[a-z0-9_-]{1,63}$/.test(label)) return false;
    // Punycode must stand for something that needs it.
    return !label.startsWith("xn--") || /[^\u0000-\u007f]/.test(domainToUnicode(label)); // oxlint-disable-line no-control-regex
  });
}
