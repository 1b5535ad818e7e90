// How far back a list goes: a span in the address, so that a link keeps its meaning, or a moment.

import { now } from "../live/now.ts";

const hour = 3_600_000;

export const spans: readonly (readonly [value: string, name: string])[] = [
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
];

const lengths: Readonly<Record<string, number>> = { "15m": hour / 4, "1h": hour, "24h": 24 * hour, "7d": 168 * hour };

/** As the API takes it; null: any time. */
export function sinceOf(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  const length = lengths[text];
  return length === undefined ? text : String(now.peek() - length);
}
