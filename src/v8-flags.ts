// V8's settings of a process that serves. They stand here and nowhere else: main.ts starts again with those that are missing,
// so every way to start has the same. What each one is for and what it was measured to bring: bench/README.md. Every Node that
// package.json allows must know them, since Node ends at once where it is given a flag it does not know.

export const v8Flags: readonly string[] = [
  "--min-semi-space-size=4",
  "--max-semi-space-size=16",
  "--heap-growing-percent=100",
  "--no-allocation-site-pretenuring",
  "--no-memory-reducer",
  "--max-inlined-bytecode-size=920",
  "--max-inlined-bytecode-size-cumulative=2400",
  "--expose-gc",
];

/** What a process was given, in the order in which V8 reads it: the command line wins over NODE_OPTIONS. */
export function givenFlags({ env, execArgv }: Pick<NodeJS.Process, "env" | "execArgv">): readonly string[] {
  const options = env["NODE_OPTIONS"]?.match(/[^\s"]+/g) ?? [];
  return [...options, ...execArgv];
}

/** Those of ours that say nothing which was given already. Whoever sets one of them otherwise is left with that. */
export function missingFlags(given: readonly string[]): readonly string[] {
  const set = new Set(given.map(subject));
  return v8Flags.filter((flag) => !set.has(subject(flag)));
}

/** Of what was given, that which sets what our flags set. */
export function flagsInForce(given: readonly string[]): readonly string[] {
  const ours = new Set(v8Flags.map(subject));
  return given.filter((flag) => ours.has(subject(flag)));
}

/** What a flag is about, however V8 lets one write it: `--no-memory-reducer`, `--nomemory_reducer`, `--memory-reducer`. */
function subject(flag: string): string {
  return flag
    .replace(/=.*/, "")
    .replaceAll("_", "-")
    .replace(/^--(no-?)?/, "--");
}
