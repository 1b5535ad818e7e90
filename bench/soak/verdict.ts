// What a soak was for: bounds, each with the figure that was seen.

import { type Figures, type Options, report, say } from "../harness/options.ts";

export interface Bound {
  readonly what: string;
  readonly seen: number;
  readonly most: number;
}

/** Says which bounds hold, and lets the command fail where one does not. */
export function conclude(options: Options, name: string, figures: Figures, bounds: readonly Bound[]): void {
  for (const { what, seen, most } of bounds) {
    say(`  ${seen <= most ? "holds" : "FALLS SHORT"}: ${what} ${Number(seen.toFixed(3))}, at most ${most}`);
  }
  const holds = bounds.every(({ seen, most }) => seen <= most);
  report(options, name, { ...figures, holds: String(holds) });
  if (!holds) process.exitCode = 1;
}
