// The text to send: the stored payload, with the event called by the name that the subscriber bound, and calls in the form that
// it wants. Works on any accepted JSON text, also one that a sender wrote in its own spacing and order: where only the name
// differs, it touches nothing else.

import { type PayloadOptions, payloadFormats } from "../../model/subscription.ts";

/** Variants are written into delivery rows: a number never changes its meaning.
 *
 * | variant | text |
 * |---|---|
 * | 0 | the stored body itself |
 * | 1 | `event.resource_type` says `access_log` |
 * | 2 | `event.resource_type` says `door_release` |
 * | 3, 4 | the same two, without names, pictures and e-mails |
 * | 16 + 4 × form + 2 × secrecy + 1 × quiet | a call: `form` 0 as stored, 1 its envelope, 2 its flat keys; `secrecy`: without
 * names, pictures and e-mails; `quiet`: without the e-mail of the person called | */
const names: ReadonlyMap<number, string> = new Map([
  [1, "access_log"],
  [2, "door_release"],
  [3, "access_log"],
  [4, "door_release"],
]);
const aliases: ReadonlySet<string> = new Set(names.values());
const firstOfCalls = 16;

export interface CallForm {
  readonly format: PayloadOptions["format"];
  readonly secrecy: boolean;
  readonly quiet: boolean;
}

export const callVariant = ({ format, secrecy, quiet }: CallForm): number =>
  firstOfCalls + 4 * payloadFormats.indexOf(format) + (secrecy ? 2 : 0) + (quiet ? 1 : 0);

/** `name`: the variant of the name that was bound, 1 or 2. */
export const entryVariant = (name: number, secrecy: boolean): number => (secrecy ? name + 2 : name);

/** Returns `body` itself where nothing of it has to change. */
export function compose(body: string, variant: number): string {
  if (variant >= firstOfCalls) return call(body, variant - firstOfCalls);
  const name = names.get(variant);
  const named = name === undefined ? body : rename(body, name);
  return variant > 2 ? withoutPeople(named, true) : named;
}

function call(body: string, variant: number): string {
  const shaped = formed(body, payloadFormats[variant >> 2] ?? "both");
  return (variant & 3) === 0 ? shaped : withoutPeople(shaped, (variant & 2) !== 0);
}

/** A body with keys of one form alone goes out as it is. */
function formed(body: string, format: PayloadOptions["format"]): string {
  if (format === "both") return body;
  const { event, ...flat } = read(body) as { readonly event?: unknown };
  if (event === undefined || Object.keys(flat).length === 0) return body;
  return JSON.stringify(format === "envelope" ? { event } : flat);
}

const personal: ReadonlySet<string> = new Set(["name", "first_name", "last_name", "full_name", "image_url", "email"]);
/** Names of things, not of people. */
const things: ReadonlySet<string> = new Set(["panel", "source", "device"]);

/** `all`: names and pictures too, not e-mails alone. */
function withoutPeople(body: string, all: boolean): string {
  const clean = (value: unknown, isThing: boolean): unknown => {
    if (Array.isArray(value)) return value.map((each) => clean(each, isThing));
    // Numbers beyond 2^53 are kept as their text.
    if (typeof value !== "object" || value === null || rawJson.isRawJSON(value)) return value;
    const cleaned = Object.entries(value).map(([key, inner]) => {
      const goes = all ? personal.has(key) && !(key === "name" && isThing) : key === "email";
      return [key, goes ? null : clean(inner, things.has(key))];
    });
    return Object.fromEntries(cleaned);
  };
  return JSON.stringify(clean(read(body), false));
}

/** TypeScript does not know these yet. */
const rawJson = JSON as JSON & { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean };

/** Every number keeps its digits. */
function read(body: string): unknown {
  return JSON.parse(body, ((_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === "number" && source !== undefined && String(value) !== source
      ? rawJson.rawJSON(source)
      : value) as Parameters<typeof JSON.parse>[1]);
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
