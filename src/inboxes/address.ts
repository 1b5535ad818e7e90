// Which URL is that of an inbox: the exact text that was given out, letter for letter, and no other. Nothing is parsed or decoded,
// so no other spelling of an address can pass for one; whatever differs goes to the guard like every URL.

export const tokenLength = 32;
const tokenForm = /^[0-9A-Za-z]{32}$/;

export const isToken = (text: string): boolean => tokenForm.test(text);

/** `base`: where this server is reached, such as `https://belfry.example`. */
export const prefixUnder = (base: string): string => `${base}/inbox/`;

/** null: it is no URL of an inbox. */
export function tokenIn(url: string, prefix: string): string | null {
  if (url.length !== prefix.length + tokenLength || !url.startsWith(prefix)) return null;
  const token = url.slice(prefix.length);
  return isToken(token) ? token : null;
}
