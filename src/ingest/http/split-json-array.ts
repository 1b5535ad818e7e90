// Cuts the text of a JSON array into the texts of its items, exactly as they were sent: 1.0 stays 1.0, duplicate keys
// stay duplicate. A scan over quotes and depth, nothing else; whether the text is JSON at all is for JSON.parse to say.

import { endOfString, isSpace } from "../json-text.ts";

export interface SplitLimits {
  /** Brackets within brackets, the array itself counted. */
  readonly depth: number;
  readonly items: number;
}

export type Split =
  /** `array`: false when the text is one value, which is then the only entry of `texts`. */
  | { readonly status: "cut"; readonly array: boolean; readonly texts: readonly string[] }
  | { readonly status: "too_deep" }
  | { readonly status: "too_many" };

const quote = 0x22;
const comma = 0x2c;

/** Linear in the text, with constant stack. For text that is not JSON the cuts mean nothing. */
export function splitJsonArray(text: string, limits: SplitLimits): Split {
  const start = skipSpace(text, 0);
  const array = text.charCodeAt(start) === 0x5b;
  const texts: string[] = [];
  let depth = 0;
  let item = array ? start + 1 : start;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > limits.depth) return { status: "too_deep" };
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
      if (depth === 0 && array) {
        const last = trim(text, item, at);
        if (last !== "" || texts.length > 0) texts.push(last);
        break;
      }
    } else if (code === comma && depth === 1 && array) {
      if (texts.length >= limits.items) return { status: "too_many" };
      texts.push(trim(text, item, at));
      item = at + 1;
    }
  }
  if (!array) texts.push(trim(text, start, text.length));
  if (texts.length > limits.items) return { status: "too_many" };
  return { status: "cut", array, texts };
}

/** The slice without the white space of JSON around it. */
export function trim(text: string, from: number, to: number): string {
  let end = to;
  while (end > from && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(Math.min(skipSpace(text, from), end), end);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}
