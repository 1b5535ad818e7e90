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
  /** The last point of a curve. */
  readonly most: number | null;
  /** Streams of changes that are open meanwhile. */
  readonly streams: number | null;
  /** Delivery nodes over one database. */
  readonly nodes: number | null;
  /** Events per second. */
  readonly rate: number | null;
  readonly minutes: number | null;
  /** Measure other queues beside it. */
  readonly peers: boolean;
  /** Directory for V8 profiles of the server. */
  readonly profile: string | null;
}

export type Figures = Readonly<Record<string, number | string | readonly number[]>>;

export function readOptions(): Options {
  const { name, options } = readNamed();
  if (name !== null) throw new TypeError(`${name} is no option.`);
  return options;
}

const flags = {
  json: { type: "boolean", default: false },
  events: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  most: { type: "string" },
  streams: { type: "string" },
  nodes: { type: "string" },
  rate: { type: "string" },
  minutes: { type: "string" },
  peers: { type: "boolean", default: false },
  profile: { type: "string" },
} as const;

/** With a name before or among the flags. */
export function readNamed(): { readonly name: string | null; readonly options: Options } {
  const { values, positionals } = parseArgs({ options: flags, allowPositionals: true });
  return { name: positionals[0] ?? null, options: optionsOf(values) };
}

const comparedBenches = ["deliver", "accept"] as const;
export type ComparedBench = (typeof comparedBenches)[number];

/** With two directories and the bench to run in both. */
export function readCompared() {
  const { values } = parseArgs({
    options: {
      ...flags,
      before: { type: "string" },
      after: { type: "string" },
      bench: { type: "string", default: "deliver" },
    },
  });
  const { before, after } = values;
  const bench = comparedBenches.find((each) => each === values.bench);
  if (bench === undefined) throw new TypeError(`--bench must be one of ${comparedBenches.join(", ")}.`);
  if (before === undefined || after === undefined) throw new TypeError("Name two checkouts: --before DIR --after DIR.");
  return { before, after, bench, options: optionsOf(values) };
}

interface Texts {
  readonly json: boolean;
  readonly events?: string;
  readonly rounds?: string;
  readonly seconds?: string;
  readonly most?: string;
  readonly streams?: string;
  readonly nodes?: string;
  readonly rate?: string;
  readonly minutes?: string;
  readonly peers: boolean;
  readonly profile?: string;
}

function optionsOf({ json, peers, profile, ...numbers }: Texts): Options {
  const number = (name: keyof typeof numbers): number | null => positive(name, numbers[name]);
  return {
    json,
    events: number("events"),
    rounds: number("rounds"),
    seconds: number("seconds"),
    most: number("most"),
    streams: number("streams"),
    nodes: number("nodes"),
    rate: number("rate"),
    minutes: number("minutes"),
    peers,
    profile: profile ?? null,
  };
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
