// Where a URL goes, in short.

/** The host of a URL; the text itself where it is none. */
export function hostOf(url: string): string {
  // The console's browsers need not know URL.canParse.
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

const longestPath = 24;
const cutPath = 12;

/** The host with the path, which tells receivers on one host apart: `hooks.example/door`. A long path, such as one that is a secret,
 * is cut. */
export function whereTo(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    if (pathname === "/") return host;
    return pathname.length <= longestPath ? `${host}${pathname}` : `${host}${pathname.slice(0, cutPath)}…`;
  } catch {
    return url;
  }
}
