// Where a code may be sent: out of band, or an address of the operator's list, letter by letter. Everything else is refused
// before anybody is sent anywhere.

/** Shows the code on a page instead of sending it. */
export const outOfBand = "urn:ietf:wg:oauth:2.0:oob";

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?=[:/?]|$)/;

/** Whether a code may be sent to `asked`. A loopback address of the list stands for every port of it, since an app on a desk takes
 * one that is free [RFC 8252 §7.3]. */
export function isRedirectAllowed(allowed: readonly string[], asked: string): boolean {
  if (asked === outOfBand || allowed.includes(asked)) return true;
  const plain = withoutPort(asked);
  return plain !== null && allowed.some((one) => withoutPort(one) === plain);
}

/** A loopback address without its port; null: it is no such address. */
function withoutPort(text: string): string | null {
  const host = loopback.exec(text)?.[0];
  if (host === undefined) return null;
  const rest = text.slice(host.length);
  const port = /^:(\d{1,5})(?=[/?]|$)/.exec(rest);
  if (port === null) return rest.startsWith(":") ? null : host + rest;
  return Number(port[1]) > 0 && Number(port[1]) <= 65_535 ? host + rest.slice(port[0].length) : null;
}

/** The address with further query parameters. It is not parsed and written anew: an app compares it with what it gave. */
export function withParameters(redirect: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  return `${redirect}${redirect.includes("?") ? "&" : "?"}${query}`;
}
