// The kind of setting that lists where apps may have codes sent. What a browser would run, or what would leave the machine without
// TLS, is no such address.

import type { Kind } from "./kinds.ts";

/** Schemes that a browser runs or shows by itself, instead of handing them to an app. */
const unsafe =
  /^(?:javascript|data|vbscript|file|filesystem|blob|about|view-source|chrome|ws|wss|ftp|mailto|tel|intent):/i;
const loopbackHosts = ["127.0.0.1", "[::1]", "localhost"];

export const redirects: Kind<readonly string[]> = {
  placeholder: "address,…",
  must:
    "must be a list with commas of whole addresses: https://app.example/back, http://127.0.0.1/back for an app on a desk (any port), " +
    "or com.example.app://back; without *, # and spaces",
  read(text) {
    const parts = text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    return parts.every(isRedirect) ? parts : null;
  },
};

function isRedirect(text: string): boolean {
  if (text === "urn:ietf:wg:oauth:2.0:oob") return true;
  if (!/^[a-z][a-z0-9+.-]*:[!$%&'()+./0-9:=?@A-Z[\]_a-z~-]+$/.test(text) || unsafe.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  if (protocol === "https:") return text.startsWith("https://") && hostname !== "";
  if (protocol === "http:") return text.startsWith("http://") && loopbackHosts.includes(hostname);
  return true;
}
