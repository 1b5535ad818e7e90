// Gives out numbers for lanes and places: never one twice, and none that names a place of the organization already, by its number
// or its id. What other organizations have does not count, so that nobody sees or steers it.

import { firstNumber, firstOfRange, numberedKinds } from "../../place-names.ts";
import type { EngineContext } from "./engine-context.ts";

/** Gives the first of `count` numbers that follow each other. `organization`: for whose places. */
export type Allocate = (count: number, organization?: string) => number;

export function createNumbers(context: EngineContext): Allocate {
  const lastNumber = context.prepare(
    "select max(number) as last from place where organization = ? and kind = ? and number >= ? and number <= ?",
  );
  const idsBetween = context.prepare(
    "select id from place where organization = ? and kind = ? and id >= ? and id <= ? and length(id) = ?" +
      " and id not glob '*[^0-9]*'",
  );

  /** The last number of a range that names a place; null: none does. */
  const lastUsed = (home: number, first: number, last: number): number | null => {
    const found = numberedKinds.flatMap((kind) => [
      lastNumber.get(home, kind, first, last)?.["last"],
      ...idsBetween.all(home, kind, String(first), String(last), String(first).length).map(({ id }) => id),
    ]);
    const used = found.map(Number).filter((number) => number >= first);
    return used.length === 0 ? null : Math.max(...used);
  };

  return (count, organization) => {
    let first = firstOfRange(Number(context.meta("next_number") ?? firstNumber), count);
    if (organization !== undefined) {
      const home = context.organization(organization).number;
      const used = () => lastUsed(home, first, first + count - 1);
      for (let last = used(); last !== null; last = used()) first = last + 1;
    }
    context.setMeta("next_number", first + count);
    return first;
  };
}
