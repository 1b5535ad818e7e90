// JSON as text: where a string ends, and which characters are white space. For whoever cuts or compares what was sent
// without changing it. Whether a text is JSON at all is for JSON.parse to say.

const quote = 0x22;
const backslash = 0x5c;

/** Position of the quote that ends the string begun at `from`; the length of the text if there is none. */
export function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** May be true where all white space stands within strings; false is certain. It begins with the white space, of which most
 * senders write little: so it costs an eighth of looking for either neighbour. */
const mayBeSpaced = /[ \n\r\t](?:[[\]{}:,"]|(?<=[[\]{}:,"][ \n\r\t]))/;

/** The same JSON without the white space between its parts. */
export function withoutSpace(text: string): string {
  if (!mayBeSpaced.test(text)) return text;
  let compact = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (isSpace(code)) {
      compact += text.slice(from, at);
      from = at + 1;
    }
  }
  return compact + text.slice(from);
}
