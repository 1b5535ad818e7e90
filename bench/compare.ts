// Two checkouts against each other: rounds of one bench, in turn, so that whatever the machine does meanwhile meets both.
// `npm run bench:compare -- --before DIR --after DIR [--bench deliver|accept] [--rounds 7] [--events N] [--streams N]`
// `--streams`: `after` runs with so many streams of changes open, `before` with none.

import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { median, round } from "./harness/figures.ts";
import { type ComparedBench, readCompared, report, say } from "./harness/options.ts";
import { atEnd, run } from "./harness/places.ts";

const figures = ["ratio", "events_per_s", "baseline", "cpu_us", "rss_mb"] as const;
/** `v8` is missing where a checkout does not tell it yet. */
type Told = Readonly<Record<(typeof figures)[number], number>> & {
  readonly ratios: readonly number[];
  readonly v8?: string;
};
/** `ratio` is of warm rounds, `cold` of the first. */
type Round = Told & { readonly cold: number };

await run(async () => {
  const { before, after, bench, options } = readCompared();
  const rounds = options.rounds ?? 7;
  const events = options.events ?? 40_000;
  const streams = options.streams === null ? [] : ["--streams", String(options.streams)];
  const measureBefore = () => runBench(bench, before, events, []);
  const measureAfter = () => runBench(bench, after, events, streams);
  say(
    `compare: ${bench}, ${rounds} rounds of ${events} events each\n  before: ${resolve(before)}\n  after:  ${resolve(after)}`,
  );
  const pairs: { readonly before: Round; readonly after: Round }[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    // Each goes first as often as the other.
    const isFirst = turn % 2 === 1;
    const early = isFirst ? await measureBefore() : null;
    const last = await measureAfter();
    const pair = { before: early ?? (await measureBefore()), after: last };
    const shown = (each: Round) =>
      `${each.ratio.toFixed(3)} (cold ${each.cold.toFixed(3)}) of ${each.baseline}/s, ${each.cpu_us} µs, ${each.rss_mb} MB`;
    say(
      `  round ${turn}: before ${shown(pair.before)}; after ${shown(pair.after)};` +
        ` after ÷ before ${(pair.after.ratio / pair.before.ratio).toFixed(3)}`,
    );
    pairs.push(pair);
  }
  const ratios = pairs.map((pair) => round(pair.after.ratio / pair.before.ratio, 3)).toSorted((a, b) => a - b);
  const of = (side: "before" | "after", figure: (typeof figures)[number]) =>
    median(pairs.map((pair) => pair[side][figure]));
  report(options, "compare", {
    bench,
    ratio: round(median(ratios), 3),
    spread: [ratios[0]!, ratios.at(-1)!],
    ratios,
    before: round(of("before", "ratio"), 3),
    after: round(of("after", "ratio"), 3),
    // A baseline is slower while the server still tidies up after the round before: this one is without it.
    rate_ratio: round(median(pairs.map((pair) => pair.after.events_per_s / pair.before.events_per_s)), 3),
    cold_ratio: round(median(pairs.map((pair) => pair.after.cold / pair.before.cold)), 3),
    cpu_ratio: round(median(pairs.map((pair) => pair.after.cpu_us / pair.before.cpu_us)), 3),
    rss_before_mb: Math.round(of("before", "rss_mb")),
    rss_after_mb: Math.round(of("after", "rss_mb")),
    v8_before: pairs.at(-1)?.before.v8 ?? "not told",
    v8_after: pairs.at(-1)?.after.v8 ?? "not told",
  });
});

/** The bench as it stands in that checkout, three times with one server: the first round pays for the compiler, which a server does
 * once in weeks, so the ratio is that of the others. The CPU that is reported is that of the cheapest one. */
async function runBench(
  bench: ComparedBench,
  directory: string,
  events: number,
  more: readonly string[],
): Promise<Round> {
  const args = [join(directory, `bench/${bench}.ts`), "--rounds", "3", "--events", String(events), "--json", ...more];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ["ignore", "pipe", "ignore"] });
  const forget = atEnd(() => void child.kill("SIGTERM"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  forget();
  if (code !== 0) throw new Error(`bench:${bench} in ${directory} ended with ${code}:\n${text}`);
  const told = JSON.parse(text.trim().split("\n").at(-1)!) as Told;
  const [cold, ...warm] = told.ratios;
  return { ...told, ratio: median(warm), cold: cold! };
}
