// The text of an answer while it is written: it grows at the end, and can be taken back to an earlier point when a value in
// it turns out to be null. What is done is kept as bytes: strings put together from many parts are a burden to the collector.

export interface Mark {
  readonly pieces: number;
  readonly length: number;
}

export interface AnswerText {
  write(text: string): void;
  mark(): Mark;
  /** Forgets what was written since. */
  rewind(to: Mark): void;
  /** Bytes so far, nearly. */
  readonly size: number;
  /** All of it. */
  pieces(): readonly Buffer[];
}

/** Characters. */
const pieceSize = 16 * 1024;

export function createAnswerText(): AnswerText {
  const done: Buffer[] = [];
  let doneSize = 0;
  let tail = "";
  return {
    write(text) {
      tail += text;
      if (tail.length < pieceSize) return;
      const piece = Buffer.from(tail);
      done.push(piece);
      doneSize += piece.length;
      tail = "";
    },
    mark: () => ({ pieces: done.length, length: tail.length }),
    rewind(to) {
      tail = (done[to.pieces]?.toString() ?? tail).slice(0, to.length);
      for (const piece of done.splice(to.pieces)) doneSize -= piece.length;
    },
    get size() {
      return doneSize + tail.length;
    },
    pieces: () => (tail === "" ? done : [...done, Buffer.from(tail)]),
  };
}
