// Times and sizes as people write them: `90s`, `7d`, `64MiB`. A whole number and one unit, which is never left out: a bare
// number means seconds to one reader and milliseconds to the next.

const timeUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `5m` as ms; null for text that is no time. */
export const readDuration = (text: string): number | null => read(text, timeUnits);

/** The same, the other way: in the largest unit that is whole. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(timeUnits)
    .toReversed()
    .find(([, each]) => ms % each === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** `64MiB` as bytes; null for text that is no size. */
export const readSize = (text: string): number | null => read(text, sizeUnits);

function read(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit = ""] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? [];
  return Object.hasOwn(units, unit) ? Number(digits) * units[unit]! : null;
}
