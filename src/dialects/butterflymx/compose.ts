// The text to send: the stored payload, with the event called by the name that the subscriber bound. Works on any
// accepted JSON text, also one that a sender wrote in its own spacing and order, and touches nothing but the name.

/** Variants are written into delivery rows: a number never changes its meaning.
 *
 * | variant | text |
 * |---|---|
 * | 0 | the stored body itself |
 * | 1 | `event.resource_type` says `access_log` |
 * | 2 | `event.resource_type` says `door_release` | */
const names: ReadonlyMap<number, string> = new Map([
  [1, "access_log"],
  [2, "door_release"],
]);
const aliases: ReadonlySet<string> = new Set(names.values());

/** Returns `body` itself when it says the right name already, or when its resource type is neither of the two. */
export function compose(body: string, variant: number): string {
  const name = names.get(variant);
  return name === undefined ? body : rename(body, name);
}

const quote = 0x22;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Walks the text once. Keys may repeat, and readers differ in which one counts: every one is renamed. */
function rename(body: string, name: string): string {
  let depth = 0;
  let inEvent = false;
  /** The last key seen in the root object, and in the event object. */
  let rootKey = "";
  let eventKey = "";
  let renamed = "";
  let copied = 0;
  for (let at = 0; at < body.length; at++) {
    const char = body.charCodeAt(at);
    if (char === quote) {
      const end = closingQuote(body, at);
      if (depth === 1 && isKey(body, end)) rootKey = unquote(body, at, end);
      else if (depth === 2 && inEvent) {
        if (isKey(body, end)) eventKey = unquote(body, at, end);
        else if (eventKey === "resource_type") {
          const value = unquote(body, at, end);
          if (value !== name && aliases.has(value)) {
            renamed += body.slice(copied, at + 1) + name;
            copied = end;
          }
        }
      }
      at = end;
    } else if (char === openBrace || char === openBracket) {
      depth++;
      if (depth === 2) inEvent = char === openBrace && rootKey === "event";
    } else if (char === closeBrace || char === closeBracket) depth--;
  }
  return copied === 0 ? body : renamed + body.slice(copied);
}

function closingQuote(body: string, opening: number): number {
  let end = body.indexOf('"', opening + 1);
  while (end !== -1 && isEscaped(body, end)) end = body.indexOf('"', end + 1);
  return end === -1 ? body.length : end;
}

function isEscaped(body: string, at: number): boolean {
  let before = at;
  while (body[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

/** In JSON a string before a colon is always a key. */
function isKey(body: string, end: number): boolean {
  let next = end + 1;
  while (body[next] === " " || body[next] === "\n" || body[next] === "\r" || body[next] === "\t") next++;
  return body[next] === ":";
}

/** A name may be spelled with escapes: `resource\u005ftype` is the same key. */
function unquote(body: string, opening: number, closing: number): string {
  const inner = body.slice(opening + 1, closing);
  return inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
}
