// Answers of any size as bytes, written in steps: between two of them others may work. What is small is written at once. The
// bytes are those of JSON.stringify.

import { Readable } from "node:stream";
import type { Steps } from "../steps.ts";
import { type AnswerText, createAnswerText } from "./answer-text.ts";
import type { HttpReply } from "./scope.ts";

/** Characters, nearly: what has no more is written in one step. */
const stepSize = 16 * 1024;
/** Bytes. A longer answer is streamed. */
const onePiece = 256 * 1024;

export function* jsonSteps(value: unknown): Steps<readonly Buffer[]> {
  const text = createAnswerText();
  yield* write(text, value);
  return text.pieces();
}

/** Of a text that is the answer already. */
export function* textSteps(given: string): Steps<readonly Buffer[]> {
  const text = createAnswerText();
  for (const part of partsOf(given)) {
    text.write(part);
    yield;
  }
  return text.pieces();
}

const sizeOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** Whether they wait here until they are read. */
export const isStreamed = (pieces: readonly Buffer[]): boolean => sizeOf(pieces) > onePiece;

/** Sends an answer whose type is set. To a connection that has ended nothing is streamed: that would fail for want of a reader, and
 * be logged as if something had failed here. */
export function sendPieces(reply: HttpReply, pieces: readonly Buffer[]): HttpReply {
  if (reply.raw.destroyed) return reply.send(Buffer.alloc(0));
  if (!isStreamed(pieces)) return reply.send(Buffer.concat(pieces));
  return reply.header("content-length", sizeOf(pieces)).send(Readable.from(joined(pieces)));
}

/** Fewer and larger ones: each is a write of its own. */
function* joined(pieces: readonly Buffer[]): Generator<Buffer, void> {
  let from = 0;
  let size = 0;
  for (const [index, piece] of pieces.entries()) {
    size += piece.length;
    if (size < onePiece && index + 1 < pieces.length) continue;
    yield Buffer.concat(pieces.slice(from, index + 1), size);
    [from, size] = [index + 1, 0];
  }
}

function* write(text: AnswerText, value: unknown): Steps<void> {
  if (isSmall(value)) text.write(JSON.stringify(value));
  else if (typeof value === "string") yield* writeLong(text, value);
  else if (Array.isArray(value)) yield* writeItems(text, value);
  else yield* writeMembers(text, value as object);
}

function* writeLong(text: AnswerText, value: string): Steps<void> {
  text.write('"');
  for (const part of partsOf(value)) {
    text.write(JSON.stringify(part).slice(1, -1));
    yield;
  }
  text.write('"');
}

function* writeItems(text: AnswerText, items: readonly unknown[]): Steps<void> {
  for (const [index, item] of items.entries()) {
    text.write(index === 0 ? "[" : ",");
    yield* write(text, item ?? null);
    yield;
  }
  text.write("]");
}

function* writeMembers(text: AnswerText, value: object): Steps<void> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  text.write("{");
  for (const [index, [name, member]] of members.entries()) {
    text.write(`${index === 0 ? "" : ","}${JSON.stringify(name)}:`);
    yield* write(text, member);
    yield;
  }
  text.write("}");
}

const isSmall = (value: unknown): boolean => roomAfter(value, stepSize) >= 0;

/** What is left of so many characters when this is written; less than 0 as soon as they do not suffice. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === "string") return room - value.length;
  let left = room - 8;
  if (typeof value !== "object" || value === null) return left;
  const isList = Array.isArray(value);
  for (const name of isList ? value.keys() : Object.keys(value)) {
    left = roomAfter((value as Record<string | number, unknown>)[name], isList ? left : left - (name as string).length);
    if (left < 0) return left;
  }
  return left;
}

/** Parts of a text, none of which begins or ends within a character. */
function* partsOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    let to = from + stepSize;
    // A high surrogate goes with what follows it.
    if ((text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to++;
    yield text.slice(from, to);
    from = to;
  }
}
