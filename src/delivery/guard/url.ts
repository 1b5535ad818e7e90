// May this URL be called, as far as its text tells? The text is parsed once, by the parser of the web; what is judged is
// what is sent. A name still has to be resolved and every address of it judged.

import { isIP } from "node:net";
import { ownText } from "../../own-text.ts";
import type { Verdict } from "../destination-guard.ts";
import { addressNotAllowed, judgeAddress } from "./address.ts";
import { isHostName } from "./host-name.ts";
import type { Policy } from "./policy.ts";

/** Where a request goes, as judged. */
export interface Target {
  readonly tls: boolean;
  /** A name in lower case without a dot at its end, or an address without brackets. */
  readonly hostname: string;
  readonly isAddress: boolean;
  readonly port: number;
  /** Value of the Host header. */
  readonly host: string;
  /** Path and query; the query is as the customer wrote it. */
  readonly path: string;
  /** Requests with the same key may share a connection. */
  readonly key: string;
}

export type UrlVerdict =
  | { readonly allowed: true; readonly target: Target }
  | Extract<Verdict, { readonly allowed: false }>;

const longest = 2048;

export function judgeUrl(text: string, policy: Policy): UrlVerdict {
  if (text.length > longest) return refuse(`The URL is longer than ${longest} characters.`);
  // oxlint-disable-next-line no-control-regex
  if (/[\s\u0000-\u001f\u007f-\u009f]/.test(text) || !text.isWellFormed()) {
    return refuse("The URL has white space or control characters in it.");
  }
  if (text.includes("\\")) return refuse("The URL has a backslash in it.");
  if (text.includes("#")) return refuse("The URL has a fragment (#…). Leave it out.");
  const scheme = /^(https?):\/\/(?=[^/?])/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || (scheme === "http" && !policy.http)) {
    return refuse(`The URL must start with https://${policy.http ? " or http://" : ""} and a host.`);
  }
  const authority = /^[^/]*\/\/([^/?]*)/.exec(text)?.[1] ?? "";
  if (authority.includes("@")) {
    return refuse("The URL has user information in it. Use basic authentication instead.");
  }
  const url = URL.parse(text);
  if (url === null || url.hostname === "") return refuse("The URL cannot be read: check its host and port.");

  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  if (!policy.port(port)) return refuse(`Port ${port} is not allowed. Use 443 or a port from 1024 up.`);

  // Names are kept for longer than URLs, which may be long.
  const hostname = ownText(url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, ""));
  const isAddress = isIP(hostname) !== 0;
  if (isAddress && !judgeAddress(hostname, policy).allowed) return notAllowed;
  if (!isAddress) {
    if (!isHostName(hostname)) return refuse("The host name in the URL is not a valid one.");
    if (isReserved(hostname, policy)) return internalName;
  }
  const path = url.pathname + queryOf(text, url);
  const target = { tls, hostname, isAddress, port, host: url.host, path, key: `${url.protocol}${hostname}:${port}` };
  return { allowed: true, target };
}

const internalName = {
  allowed: false,
  code: "address_forbidden",
  message:
    "The host name in the URL means something inside a network only. Use a public name or an address, or have the operator" +
    " of this server allow the name (BELFRY_ALLOW_NAMES).",
} as const;

const notAllowed = addressNotAllowed as Extract<Verdict, { readonly allowed: false }>;

function refuse(message: string): Extract<Verdict, { readonly allowed: false }> {
  return { allowed: false, code: "url_forbidden", message };
}

/** The query as written; only what no request line may hold (beyond ASCII) goes in the parser's encoding. */
function queryOf(text: string, url: URL): string {
  const at = text.indexOf("?");
  if (at === -1) return "";
  const query = text.slice(at);
  return /^[!-~]*$/.test(query) ? query : url.search;
}

const reservedSuffix = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa|onion|svc)$/;

/** Names that mean something inside a network only, or by which clouds serve credentials. */
function isReserved(name: string, policy: Policy): boolean {
  if (policy.name(name)) return false;
  return !name.includes(".") || name.startsWith("metadata.") || reservedSuffix.test(name);
}
