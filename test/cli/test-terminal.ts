// A terminal in memory, and a clock on which every wait is over at once.

import type { Terminal } from "../../src/cli/terminal.ts";
import type { Clock } from "../../src/clock.ts";

export interface TestTerminal extends Terminal {
  out(): string;
  notes(): string;
  pressCtrlC(): void;
  /** Resolves as soon as standard output and error together hold this. */
  shows(text: string): Promise<void>;
}

export function createTestTerminal(
  options: {
    command?: string;
    env?: Record<string, string>;
    redraws?: boolean;
    notesRedraw?: boolean;
    keys?: NonNullable<Terminal["keys"]>;
    ask?: (question: string) => boolean;
  } = {},
): TestTerminal {
  let [out, notes] = ["", ""];
  const interruption = new AbortController();
  const { ask } = options;
  const waiting: { text: string; resolve: () => void }[] = [];
  const look = (): void => {
    for (const wait of waiting) if ((out + notes).includes(wait.text)) wait.resolve();
  };
  return {
    write(text) {
      out += text;
      look();
    },
    note(text) {
      notes += text;
      look();
    },
    redraws: options.redraws ?? false,
    notesRedraw: options.notesRedraw ?? false,
    columns: () => 100,
    rows: () => 50,
    command: options.command ?? "belfry",
    env: options.env ?? {},
    keys: options.keys ?? null,
    ask: ask === undefined ? null : async (question) => ask(question),
    interrupted: interruption.signal,
    out: () => out,
    notes: () => notes,
    pressCtrlC: () => interruption.abort(),
    shows: (text) =>
      new Promise((resolve) => {
        waiting.push({ text, resolve });
        look();
      }),
  };
}

/** Waiting takes no time but moves the clock, so that paces and pauses can be read off it. */
export function createLeapingClock(): Clock & { waits: number[] } {
  let time = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => 1_790_000_000_000 + time,
    monotonic: () => time,
    after(ms, then) {
      waits.push(ms);
      const timer = setImmediate(() => {
        time += ms;
        then();
      });
      return () => clearImmediate(timer);
    },
  };
}
