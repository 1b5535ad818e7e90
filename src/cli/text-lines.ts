// A file of text as lines, read as they are asked for. Only UTF-8 is text: anything else would be stored as something that
// nobody wrote.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CommandFailure } from "./failure.ts";

export interface RecordingLine {
  /** 1, 2, 3, … */
  readonly number: number;
  readonly text: string;
  /** How much of the file is read with this line, 0 to 1. */
  readonly share: number;
}

const longestLine = 16 * 1024 * 1024;
const [lineFeed, carriageReturn] = [0x0a, 0x0d];

/** Lines end with a line feed, a carriage return, or both; other separators of Unicode are text. A byte order mark is skipped.
 * Throws CommandFailure for a file that cannot be read, is not UTF-8, or has a line of more than 16 MiB. */
export async function* readLines(path: string): AsyncGenerator<RecordingLine> {
  const size = await fileSize(path);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let number = 0;
  let read = 0;

  const lineOf = (bytes: Uint8Array): RecordingLine => {
    number++;
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      throw notUtf8(path, number);
    }
    if (number === 1 && text.startsWith("\uFEFF")) text = text.slice(1);
    return { number, text, share: size === 0 ? 1 : Math.min(read / size, 1) };
  };

  let rest: Buffer = Buffer.alloc(0);
  let endedByReturn = false;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    read += chunk.length;
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte !== lineFeed && byte !== carriageReturn) {
        endedByReturn = false;
        continue;
      }
      // The second half of one end of line.
      const isHalf = byte === lineFeed && endedByReturn;
      endedByReturn = byte === carriageReturn;
      if (!isHalf) yield lineOf(joined(rest, chunk.subarray(from, at)));
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    rest = joined(rest, chunk.subarray(from));
    if (rest.length > longestLine) {
      throw new CommandFailure(`Line ${number + 1} of ${path} is longer than ${longestLine / 1024 / 1024} MiB.`);
    }
  }
  if (rest.length > 0) yield lineOf(rest);
}

const joined = (one: Buffer, other: Buffer): Buffer => (one.length === 0 ? other : Buffer.concat([one, other]));

const notUtf8 = (path: string, line: number): CommandFailure =>
  new CommandFailure(
    `Line ${line} of ${path} is not UTF-8. Convert the file first, such as with: iconv -f latin1 -t utf-8 FILE (for UTF-16: -f utf-16).`,
  );

async function fileSize(path: string): Promise<number> {
  try {
    const file = await stat(path);
    if (file.isDirectory()) throw new CommandFailure(`${path} is a directory; name the recording in it.`);
    return file.size;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path} cannot be read. Is the name right?`, { cause: error });
  }
}
