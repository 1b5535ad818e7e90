// Moments as fields of a form have them: `2026-06-17T10:42` in a time zone.

import { offsetMinutes } from "../../../src/words/time.ts";

const minute = 60_000;

/** For an `input type="datetime-local"`. */
export const localText = (at: number, zone: string): string =>
  new Date(at + offsetMinutes(at, zone) * minute).toISOString().slice(0, 16);

/** null: it is no moment. Of the two moments of an hour that comes twice it is the first. */
export function momentOf(text: string, zone: string): number | null {
  const plain = Date.parse(`${text}Z`);
  if (Number.isNaN(plain)) return null;
  const guess = plain - offsetMinutes(plain, zone) * minute;
  return plain - offsetMinutes(guess, zone) * minute;
}
