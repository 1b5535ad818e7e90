// What a command sees of the outside: where it prints, what the environment says, and when the person pressed Ctrl-C.
// Handed in, so that tests run commands in-process.

import { createInterface } from "node:readline/promises";
import type { WriteStream } from "node:tty";
import { commandName } from "./command-name.ts";

export interface Terminal {
  /** Data for people or programs: standard output, as it is. */
  write(text: string): void;
  /** Standard error: progress, explanations, errors. */
  note(text: string): void;
  /** Standard output is a terminal that can be redrawn. */
  readonly redraws: boolean;
  /** Standard error is one. */
  readonly notesRedraw: boolean;
  columns(): number;
  rows(): number;
  /** What to type before the name of a command: `belfry`, or longer where that is not installed. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks a person for yes or no; anything but yes is no. null: there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | null;
  /** Hears each key that is pressed, until what it returns is called. null: there is no keyboard, or nothing can be redrawn. */
  readonly keys: ((onKey: (key: string) => void) => () => void) | null;
  /** Aborted at the first Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

/** One Ctrl-C can arrive twice, from the terminal and from npm; what comes this much later, ms, is another one. */
const echoMs = 500;

/** The terminal of this process. Listens for Ctrl-C from now on; a second one ends the process at once. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  let pressed = 0;
  const interrupt = (): void => {
    const now = performance.now();
    if (interruption.signal.aborted && now - pressed > echoMs) process.exit(130);
    if (!interruption.signal.aborted) pressed = now;
    interruption.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endOfReader);
  return {
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    redraws: isTerminal(process.stdout),
    notesRedraw: isTerminal(process.stderr),
    columns: () => process.stdout.columns ?? 100,
    rows: () => process.stdout.rows ?? 50,
    command: commandName(process, process.cwd()),
    env: process.env,
    ask: process.stdin.isTTY && process.stderr.isTTY ? (question) => ask(question, interruption.signal) : null,
    keys: process.stdin.isTTY && isTerminal(process.stdout) ? hearKeys : null,
    interrupted: interruption.signal,
  };
}

function hearKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  const heard = (text: string): void => {
    // In raw mode Ctrl-C is a key, and not yet a signal.
    if (text.includes("\u0003")) process.kill(process.pid, "SIGINT");
    else for (const key of text) onKey(key);
  };
  stdin.setRawMode(true).setEncoding("utf8").on("data", heard).resume();
  return () => {
    stdin.off("data", heard).setRawMode(false).pause();
  };
}

async function ask(question: string, interrupted: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C is a key, and not yet a signal.
  lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `, { signal: interrupted })).trim());
  } catch (error) {
    if (interrupted.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}

function isTerminal(stream: WriteStream): boolean {
  return stream.isTTY && process.env["TERM"] !== "dumb";
}

/** `belfry … | head` closes our output early: that is no error of ours. */
function endOfReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
