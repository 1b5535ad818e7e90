// Gives out numbers for lanes and places: never one twice, and none that names a place already, by its number or its id.

import type { EngineContext } from "./engine-context.ts";

/** Numbers begin where they look like the vendor's own. */
export const firstNumber = 100_000_001;

/** Clients may name a place of these kinds by its id or by its number. */
const numberedKinds = ["building", "access_point", "device", "unit", "tenant", "keychain", "access_tool"] as const;

/** Gives the first of `count` numbers that follow each other. */
export function createNumbers(context: EngineContext): (count: number) => number {
  const lastNumber = context.prepare(
    "select max(number) as last from place where kind = ? and number >= ? and number <= ?",
  );
  const idsBetween = context.prepare(
    "select id from place where kind = ? and id >= ? and id <= ? and length(id) = ? and id not glob '*[^0-9]*'",
  );

  /** The last number of a range that names a place; null: none does. */
  const lastUsed = (first: number, last: number): number | null => {
    const found = numberedKinds.flatMap((kind) => [
      lastNumber.get(kind, first, last)?.["last"],
      ...idsBetween.all(kind, String(first), String(last), String(first).length).map(({ id }) => id),
    ]);
    const used = found.map(Number).filter((number) => number >= first);
    return used.length === 0 ? null : Math.max(...used);
  };

  return (count) => {
    let first = Number(context.meta("next_number") ?? firstNumber);
    // Ids are compared as texts, which puts numbers in order only where they have as many digits.
    const digits = String(first).length;
    if (String(first + count - 1).length > digits) first = 10 ** digits;
    for (let used = lastUsed(first, first + count - 1); used !== null; used = lastUsed(first, first + count - 1)) {
      first = used + 1;
    }
    context.setMeta("next_number", first + count);
    return first;
  };
}
