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
