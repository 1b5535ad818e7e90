// A building model as text, read and written in steps: no model is so large that others wait for it. Numbers are kept digit by
// digit where JavaScript's would lose some (`12345678901234567890`, `1.10`): in unknown fields, which go back as they came.
// Fields that Belfry knows are read as numbers (fields.ts).

import { isUtf8 } from "node:buffer";
import { BelfryError } from "../errors.ts";
import type { Steps } from "../steps.ts";

const deepest = 100;
/** Values from one step to the next. */
const valuesOfStep = 512;

/** A number as it was written. JSON.stringify writes it back. */
interface RawNumber {
  readonly rawJSON: string;
}

/** In Node since 22, and not in the types yet. */
const json = JSON as typeof JSON & { rawJSON(text: string): RawNumber; isRawJSON(value: unknown): value is RawNumber };

/** The value without numbers as they were written: what is read of it. Itself, where it holds none. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (json.isRawJSON(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) {
    const items: unknown[] = value.map(plain);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value).map(([key, item]) => [key, plain(item)] as const);
  return entries.some(([key, item]) => item !== (value as Record<string, unknown>)[key])
    ? Object.fromEntries(entries)
    : value;
}

const bytesOfStep = 1_048_576;

/** The same of UTF-8, with or without a byte order mark; the text of 32 MiB is not made at once either. */
export function* readModelBytes(bytes: Buffer): Steps<unknown> {
  if (!isUtf8(bytes)) throw new BelfryError("UNREADABLE_BODY", "The body is not valid UTF-8. Send UTF-8 text.");
  const pieces: string[] = [];
  for (let from = hasMark(bytes) ? 3 : 0, to; from < bytes.length; from = to) {
    yield;
    to = Math.min(from + bytesOfStep, bytes.length);
    // Not within a character.
    while (to < bytes.length && (bytes[to]! & 0xc0) === 0x80) to--;
    pieces.push(bytes.toString("utf8", from, to));
  }
  yield;
  return yield* readModelText(pieces.join(""));
}

const hasMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

type Container = unknown[] | Record<string, unknown>;

/** JSON [RFC 8259] to values, as JSON.parse reads it but for numbers that would change. Throws UNREADABLE_BODY, as http/json-body does. */
export function* readModelText(text: string): Steps<unknown> {
  const scanner = createScanner(text);
  const open: Container[] = [];
  const keys: string[] = [];
  for (let count = 1; ; count++) {
    if (count % valuesOfStep === 0) yield;
    let value = scanner.begin();
    if (value === opened.array || value === opened.object) {
      if (open.length > deepest) throw tooDeep();
      open.push(value === opened.array ? [] : {});
      if (value === opened.object) keys.push(scanner.key());
      continue;
    }
    for (let more = false; !more; ) {
      const parent = open.at(-1);
      if (parent === undefined) {
        scanner.end();
        return value;
      }
      if (Array.isArray(parent)) parent.push(value);
      else parent[keys.pop()!] = value;
      more = scanner.goesOn(Array.isArray(parent));
      if (more && !Array.isArray(parent)) keys.push(scanner.key());
      if (!more) value = closed(open.pop()!);
    }
  }
}

/** An array that grew by `push` has room for sixteen more: for the two numbers of a point that is four times what they take. */
const closed = (container: Container): Container =>
  Array.isArray(container) && container.length < 16 ? container.slice() : container;

/** Not a value yet: what follows is in it. An empty one is a value. */
const opened = { array: Symbol("array"), object: Symbol("object") } as const;

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

function createScanner(text: string) {
  let at = 0;
  const skip = (): void => {
    for (let code = text.charCodeAt(at); code === 32 || code === 10 || code === 13 || code === 9; )
      code = text.charCodeAt(++at);
  };
  const take = (character: string): boolean => {
    skip();
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  const string = (): string => {
    let end = at + 1;
    for (;;) {
      end = text.indexOf('"', end);
      if (end < 0) throw unreadable();
      let slashes = 0;
      while (text[end - 1 - slashes] === "\\") slashes++;
      end++;
      if (slashes % 2 === 0) break;
    }
    const from = at;
    at = end;
    // A copy: a part of the text would keep the whole of it in memory.
    return parsed(text.slice(from, end)) as string;
  };

  const number = (): unknown => {
    numberForm.lastIndex = at;
    if (!numberForm.test(text)) throw unreadable();
    const given = text.slice(at, numberForm.lastIndex);
    at = numberForm.lastIndex;
    const value = Number(given);
    return String(value) === given ? value : json.rawJSON(given);
  };

  return {
    /** A value, or that a container opens. */
    begin(): unknown {
      skip();
      const character = text[at];
      if (character === '"') return string();
      if (character === "{" || character === "[") {
        at++;
        if (take(character === "{" ? "}" : "]")) return character === "{" ? {} : [];
        return character === "{" ? opened.object : opened.array;
      }
      const literal =
        character !== undefined && character >= "a" ? literals.find(([word]) => text.startsWith(word, at)) : undefined;
      if (literal === undefined) return number();
      at += literal[0].length;
      return literal[1];
    },
    key(): string {
      skip();
      if (text[at] !== '"') throw unreadable();
      const key = string();
      if (key === "__proto__") {
        throw new BelfryError("UNREADABLE_BODY", "The JSON has a key named __proto__. Leave it out.");
      }
      if (!take(":")) throw unreadable();
      return key;
    },
    /** After a value in a container: whether another one follows. */
    goesOn(isArray: boolean): boolean {
      if (take(",")) return true;
      if (!take(isArray ? "]" : "}")) throw unreadable();
      return false;
    },
    end(): void {
      skip();
      if (at < text.length) throw unreadable();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable();
  }
}

const unreadable = (): BelfryError => new BelfryError("UNREADABLE_BODY", "The body is not JSON. Send one JSON object.");
const tooDeep = (): BelfryError =>
  new BelfryError("UNREADABLE_BODY", `The JSON is nested deeper than ${deepest} levels.`);

/** What holds fewer values is written at once. */
const writtenAtOnce = 512;
const partsOfStep = 16;
/** Parts are joined so many at a time: all of them in the last step would be too much for one. */
const partsOfPiece = 1_024;

/** The text that JSON.stringify gives. */
export function* writeModelText(value: unknown): Steps<string> {
  const pieces: string[] = [];
  let parts: string[] = [];
  yield* write(value, (part) => {
    parts.push(part);
    if (parts.length < partsOfPiece) return;
    pieces.push(parts.join(""));
    parts = [];
  });
  return pieces.join("") + parts.join("");
}

function* write(value: unknown, put: (part: string) => void): Steps<void> {
  if (isLight(value)) put(JSON.stringify(value));
  else if (Array.isArray(value)) yield* writeItems(value, put);
  else yield* writeMembers(value as Readonly<Record<string, unknown>>, put);
}

function* writeItems(items: readonly unknown[], put: (part: string) => void): Steps<void> {
  for (let index = 0; index < items.length; index++) {
    if (index % partsOfStep === 0) yield;
    put(index === 0 ? "[" : ",");
    yield* write(items[index] ?? null, put);
  }
  put("]");
}

function* writeMembers(members: Readonly<Record<string, unknown>>, put: (part: string) => void): Steps<void> {
  let count = 0;
  for (const key of Object.keys(members)) {
    if (members[key] === undefined) continue;
    if (count % partsOfStep === 0) yield;
    put(`${count++ === 0 ? "{" : ","}${JSON.stringify(key)}:`);
    yield* write(members[key], put);
  }
  put(count === 0 ? "{}" : "}");
}

function isLight(value: unknown): boolean {
  let left = writtenAtOnce;
  const weigh = (item: unknown): boolean => {
    if (--left < 0) return false;
    if (typeof item !== "object" || item === null) return true;
    return (Array.isArray(item) ? item : Object.values(item)).every(weigh);
  };
  return weigh(value);
}
