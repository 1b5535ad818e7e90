// The flags that every bench takes, and the two forms of its result: lines for people, one JSON object for programs.

import { parseArgs } from "node:util";
import { loadavg } from "node:os";

export interface Options {
  /** Also print the figures as one JSON object, on the last line. */
  readonly json: boolean;
  /** Events of one round; each bench has its own default. */
  readonly events: number | null;
  readonly rounds: number | null;
  /** Length of a timed phase. */
  readonly seconds: number | null;
  /** Directory for V8 profiles of the server. */
  readonly profile: string | null;
}

export type Figures = Readonly<Record<string, number | string | readonly number[]>>;

export function readOptions(): Options {
  const { name, options } = readNamed();
  if (name !== null) throw new TypeError(`${name} is no option.`);
  return options;
}

/** With a name before or among the flags. */
export function readNamed(): { readonly name: string | null; readonly options: Options } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      events: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      profile: { type: "string" },
    },
  });
  const { json, profile = null } = values;
  const { events, rounds, seconds } = values;
  const options = {
    json,
    events: positive("events", events),
    rounds: positive("rounds", rounds),
    seconds: positive("seconds", seconds),
    profile,
  };
  return { name: positionals[0] ?? null, options };
}

function positive(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new TypeError(`--${name} takes a whole number from 1 up.`);
  return number;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The last thing that a bench prints. */
export function report(options: Options, name: string, figures: Figures): void {
  for (const [figure, value] of Object.entries(figures)) say(`  ${figure.padEnd(24)}${shown(value)}`);
  if (options.json) say(JSON.stringify({ bench: name, ...figures, load: Number(loadavg()[0]!.toFixed(1)) }));
}

const shown = (value: Figures[string]): string => (typeof value === "object" ? value.join("  ") : String(value));
