// The names by which places are found, as pure rules for every engine: an id or, where it is digits, the number that it spells.

import { BelfryError } from "../errors.ts";
import type { PlaceId } from "../model/place-id.ts";

/** Two would do to see that an id is not enough; a few more help whoever reads the message. */
export const mostLocated = 8;

/** Numbers that are given out begin where they look like the vendor's own. */
export const firstNumber = 100_000_001;

/** Clients may name a place of these kinds by its id or by its number. */
export const numberedKinds = [
  "building",
  "access_point",
  "device",
  "unit",
  "tenant",
  "keychain",
  "access_tool",
] as const;

/** The number that the id spells; null: none. */
export const numberIn = (id: string): number | null => (/^\d{1,15}$/.test(id) ? Number(id) : null);

/** The first of `count` numbers from `next` on that all have as many digits: ids are compared as texts, which puts only such in
 * order. */
export function firstOfRange(next: number, count: number): number {
  const { length } = String(next);
  return String(next + count - 1).length > length ? 10 ** length : next;
}

/** Throws INVALID_MODEL where two places of a model have the same id or number. */
export function checkPlaces(places: readonly PlaceId[]): void {
  const seen = new Set<string>();
  for (const { kind, id, number } of places) {
    for (const name of number === null ? [`${kind} ${id}`] : [`${kind} ${id}`, `${kind} number ${number}`]) {
      if (seen.has(name)) throw new BelfryError("INVALID_MODEL", `The model names ${name} twice.`);
      seen.add(name);
    }
  }
}
