// Makes text that came from elsewhere safe to print: nothing in it may move the cursor, recolour, retitle or reorder
// what the terminal shows.

// Control characters (C0, DEL, C1), line and paragraph separators, bidirectional marks, lone surrogates.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Shows every unsafe character as an escape such as `\x1b` or `\u202e`, and cuts at `limit` characters. */
export function printable(text: string, limit = 200): string {
  const cut = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return cut.replace(unsafe, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
