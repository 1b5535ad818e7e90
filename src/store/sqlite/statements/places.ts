// Statements of the ids of building models. An id belongs to one organization; so does the number that stands for it.

import { BelfryError } from "../../../errors.ts";
import type { LocatedPlace, PlaceId, PlaceKind } from "../../../model/place-id.ts";
import { type EngineContext, plain } from "./engine-context.ts";

export interface Places {
  /** `id`: of a place, or its number as digits. */
  locate(kind: PlaceKind, id: string): LocatedPlace | null;
  /** Those of them that another organization has already. */
  taken(organization: number, places: readonly PlaceId[]): readonly PlaceId[];
  replace(organization: number, places: readonly PlaceId[]): void;
}

export function createPlaces(context: EngineContext): Places {
  const holderOfId = context.prepare("select organization from place where kind = ? and id = ?");
  const holderOfNumber = context.prepare("select organization from place where kind = ? and number = ?");
  const located = context.prepare(
    "select g.id as organization, p.kind, p.id, p.number from place p join organization g on g.number = p.organization" +
      " where p.kind = ? and p.id = ?",
  );
  const idOfNumber = context.prepare("select id from place where kind = ? and number = ?");
  const remove = context.prepare("delete from place where organization = ?");
  const insert = context.prepare("insert into place (kind, id, organization, number) values (?, ?, ?, ?)");

  const find = (kind: PlaceKind, id: unknown): LocatedPlace | null => {
    const row = typeof id === "string" ? located.get(kind, id) : undefined;
    return row === undefined ? null : (plain(row) as LocatedPlace);
  };

  return {
    locate(kind, id) {
      const found = find(kind, id);
      if (found !== null || !/^\d{1,15}$/.test(id)) return found;
      return find(kind, idOfNumber.get(kind, Number(id))?.["id"]);
    },
    // Also an id that is written like the number of another place: a path or an observation that names it would be
    // ambiguous.
    taken: (organization, places) =>
      places.filter(({ kind, id, number }) => {
        const holders = [holderOfId.get(kind, id)];
        if (isNumber(id)) holders.push(holderOfNumber.get(kind, Number(id)));
        if (number !== null) holders.push(holderOfNumber.get(kind, number), holderOfId.get(kind, String(number)));
        return holders.some((holder) => holder !== undefined && holder["organization"] !== organization);
      }),
    replace(organization, places) {
      remove.run(organization);
      for (const { kind, id, number } of places) insert.run(kind, id, organization, number);
    },
  };
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

/** Whether the id is just as its number would be written. */
const isNumber = (id: string): boolean => /^[1-9]\d{0,14}$/.test(id);
