// Counts what a dry run finds, by type and hour, and keeps a few of it to show.

import type { DryRun } from "./replays-port.ts";
import type { Match } from "./scan.ts";

const hourMs = 3_600_000;
const mostSamples = 5;

export interface Tally {
  add(matches: readonly Match[], seen: readonly string[]): void;
  total(): number;
  counts(): DryRun["counts"];
  /** The first of each type, then others. */
  sample(): readonly Match[];
  readonly seen: ReadonlySet<string>;
}

export function createTally(): Tally {
  const counts = new Map<string, Map<number, number>>();
  const firsts: Match[] = [];
  const others: Match[] = [];
  const seen = new Set<string>();
  let total = 0;
  return {
    add(matches, types) {
      for (const type of types) seen.add(type);
      total += matches.length;
      for (const match of matches) {
        const { type, acceptedAt } = match.event;
        let hours = counts.get(type);
        if (hours === undefined) {
          counts.set(type, (hours = new Map()));
          firsts.push(match);
        } else if (others.length < mostSamples) others.push(match);
        const hour = Math.floor(acceptedAt / hourMs) * hourMs;
        hours.set(hour, (hours.get(hour) ?? 0) + 1);
      }
    },
    total: () => total,
    counts: () =>
      [...counts]
        .flatMap(([type, hours]) => [...hours].map(([hour, count]) => ({ type, hour, count })))
        .toSorted((a, b) => (a.type === b.type ? a.hour - b.hour : a.type < b.type ? -1 : 1)),
    sample: () =>
      [...firsts, ...others]
        .slice(0, mostSamples)
        .toSorted((a, b) => a.event.acceptedAt - b.event.acceptedAt || a.event.number - b.event.number),
    seen,
  };
}
