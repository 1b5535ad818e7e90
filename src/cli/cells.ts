// What a server answered, as cells of a table: safe to print, and never empty.

import { asText } from "./json.ts";
import { printable } from "./printable.ts";

export const cell = (value: unknown): string => printable(asText(value)) || "-";

/** Such as `3 s` or `2 h`. */
export function cellOfAge(ms: unknown): string {
  if (typeof ms !== "number") return "-";
  const [unit, size] = units.find(([, each]) => ms >= each) ?? units.at(-1)!;
  return `${Math.floor(ms / size)} ${unit}`;
}

const units: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];
