// npm run faults: does to real servers what machines and people do to them, and checks what they promise. Exits with 1
// when a promise was not kept, or a fault that was asked for by name could not be made.

import { parseArgs } from "node:util";
import { faults } from "./all.ts";
import type { Fault, Finding } from "./fault.ts";
import { closeAll } from "./rig/places.ts";
import { missingTools } from "./rig/tools.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    events: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    "without-times": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function help(): void {
  print(
    "npm run faults [-- NAME… [--rounds N] [--events N] [--minutes N] [--seed TEXT] [--json] [--without-times]]      without names: all of them\n",
  );
  for (const { name, what, rounds, events, minutes, needs } of faults) {
    print(`  ${name.padEnd(14)}${what}`);
    if (rounds !== null) print(`${" ".repeat(16)}--rounds: ${rounds.of}, ${rounds.normally} by itself`);
    if (events !== undefined) print(`${" ".repeat(16)}--events: ${events} by itself`);
    if (minutes !== undefined) print(`${" ".repeat(16)}--minutes: ${minutes} by itself`);
    const missing = missingTools(needs);
    if (missing.length > 0) print(`${" ".repeat(16)}cannot run here: needs ${missing.join(" and ")}`);
  }
}

interface Verdict {
  readonly name: string;
  readonly seconds: number;
  readonly finding: Finding | null;
  readonly missing: readonly string[];
}

async function make(fault: Fault): Promise<Verdict> {
  const { name, needs } = fault;
  const missing = missingTools(needs);
  if (missing.length > 0) return { name, seconds: 0, finding: null, missing };
  const begun = performance.now();
  const rounds = values.rounds === undefined ? (fault.rounds?.normally ?? 0) : Number(values.rounds);
  const events = values.events === undefined ? (fault.events ?? 0) : Number(values.events);
  const minutes = values.minutes === undefined ? (fault.minutes ?? 0) : Number(values.minutes);
  const say = (text: string) => {
    if (!values.json) print(`  … ${text}`);
  };
  let finding: Finding;
  try {
    finding = await fault.run({ rounds, events, minutes, seed: values.seed, say });
  } catch (error) {
    finding = { figures: {}, faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
  await closeAll();
  return { name, seconds: Math.round((performance.now() - begun) / 100) / 10, finding, missing };
}

/** On a busy machine promises about time say little: `--without-times` leaves them out. */
const brokenIn = ({ faults, late = [] }: Finding): readonly string[] =>
  values["without-times"] ? faults : [...faults, ...late];

function tell({ seconds, finding, missing }: Verdict): void {
  if (finding === null) return print(`  NOT RUN: needs ${missing.join(" and ")}`);
  for (const [figure, value] of Object.entries(finding.figures)) print(`  ${figure.padEnd(36)}${value}`);
  const all = brokenIn(finding);
  for (const fault of all) print(`  FAULT: ${fault}`);
  print(`  ${all.length === 0 ? "held" : "NOT HELD"} (${seconds} s)`);
}

async function run(): Promise<void> {
  const strange = positionals.find((wanted) => faults.every(({ name }) => name !== wanted));
  if (strange !== undefined) throw new Error(`There is no fault "${strange}"; --help lists them.`);
  const chosen = positionals.length === 0 ? faults : faults.filter(({ name }) => positionals.includes(name));
  const verdicts: Verdict[] = [];
  for (const fault of chosen) {
    if (!values.json) print(`\n${fault.name}: ${fault.what}`);
    const verdict = await make(fault);
    verdicts.push(verdict);
    if (!values.json) tell(verdict);
  }
  const broken = verdicts.filter(({ finding }) => finding !== null && brokenIn(finding).length > 0);
  const absent = verdicts.filter(({ finding }) => finding === null);
  const ran = verdicts.length - absent.length;
  if (values.json) print(JSON.stringify({ ran, broken: broken.length, not_run: absent.length, verdicts }));
  else {
    const names = (those: readonly Verdict[]) => those.map(({ name }) => name).join(", ");
    print(`\n${broken.length === 0 ? "HELD" : `NOT HELD: ${names(broken)}`}: ${ran - broken.length} of ${ran} faults`);
    if (absent.length > 0) print(`NOT RUN, for want of tools: ${names(absent)}`);
  }
  if (broken.length > 0 || (absent.length > 0 && positionals.length > 0)) process.exitCode = 1;
}

if (values.help) help();
else await run();
