// The figures of a day, hour by hour. Pure.

import type { Figures, HourFigures } from "../api/types.ts";

const hourMs = 3_600_000;
export const hours = 24;

export const attemptsOf = ({ codes }: HourFigures): number => Object.values(codes).reduce((sum, each) => sum + each, 0);
export const deliveredOf = ({ codes }: HourFigures): number => codes["delivered"] ?? 0;

/** `98.7 %`; null: there was no attempt. What is not all is never rounded to all. */
export function rateOf({ attempts, delivered }: Pick<Figures, "attempts" | "delivered">): string | null {
  if (attempts === 0) return null;
  const share = (100 * delivered) / attempts;
  const rounded = delivered === attempts ? "100" : String(Math.min(99.9, Math.round(share * 10) / 10));
  return `${rounded} %`;
}

/** By hour, the oldest first; null: nothing was tried in it. */
export function byHour({ from, hours: known }: Figures): readonly (HourFigures | null)[] {
  const start = Date.parse(from);
  const found = new Map(known.map((each) => [Math.round((Date.parse(each.at) - start) / hourMs), each]));
  return Array.from({ length: hours }, (_, hour) => found.get(hour) ?? null);
}
