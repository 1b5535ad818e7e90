// Texts that tools show where a secret is: `********`, `[REDACTED]`. A client that reads, edits and writes back would store them
// as the secret, and the next delivery would be refused by its receiver. Pure.

const signs = "[*\u2022\u25cf\u25e6\u2219\u22c5\u00b7\uff0a\u2217\u2026]";
const onlySigns = new RegExp(`^${signs}{3,}$`, "u");
/** As of a secret of which a tool shows the ends: `sk_l****9f2c`. */
const masked = new RegExp(`${signs}{4,}`, "u");
const words = /^[[<({_\s]*(?:redacted|hidden|masked|filtered|removed|obfuscated|sensitive)[\])>}_\s]*$/i;

/** Whether the text stands for a secret instead of being one, also behind a scheme such as `Bearer`. */
export function isPlaceholder(text: string): boolean {
  return isMasked(text) || [text, text.slice(text.lastIndexOf(" ") + 1)].some((each) => words.test(each));
}

/** The same without words, which elsewhere may mean what they say. */
export const isMasked = (text: string): boolean =>
  [text, text.slice(text.lastIndexOf(" ") + 1)].some((each) => onlySigns.test(each) || masked.test(each));

export const placeholderMust =
  "must be the secret itself, not the text that a tool shows in its place. Leave it out to keep it.";
