// Statements of the ids of building models. An id, and the number that stands for it, is unique within its organization: what
// others have is neither seen nor in the way. Only an operator's look-up reads those of several organizations.

import type { LocatedPlace, PlaceId, PlaceKind } from "../../../model/place-id.ts";
import { mostLocated, numberIn } from "../../place-names.ts";
import { type EngineContext, plain } from "./engine-context.ts";

export interface Places {
  /** `id`: of a place, or its number as digits; within an organization the id wins. `organization`: look nowhere else; null: in
   * all of them. At most `mostLocated`, by the age of their organizations. */
  locate(kind: PlaceKind, id: string, organization: string | null): readonly LocatedPlace[];
  /** Writes only what differs from what is there. */
  replace(organization: number, places: readonly PlaceId[]): void;
  /** One that is there gets this number. */
  addPlaces(organization: string, places: readonly PlaceId[]): void;
  dropPlaces(organization: string, places: readonly PlaceId[]): void;
}

export function createPlaces(context: EngineContext): Places {
  const columns =
    "select g.id as organization, p.kind, p.id, p.number from place p join organization g on g.number = p.organization";
  const byId = context.prepare(`${columns} where p.organization = ? and p.kind = ? and p.id = ?`);
  const byNumber = context.prepare(`${columns} where p.organization = ? and p.kind = ? and p.number = ?`);
  const homesOfId = context.prepare(
    `select organization from place where kind = ? and id = ? order by organization limit ${mostLocated}`,
  );
  const homesOfNumber = context.prepare(
    `select organization from place where kind = ? and number = ? order by organization limit ${mostLocated}`,
  );
  const present = context.prepare("select kind, id, number from place where organization = ?");
  const remove = context.prepare("delete from place where organization = ? and kind = ? and id = ?");
  const insert = context.prepare(
    "insert into place (organization, kind, id, number) values (?, ?, ?, ?)" +
      " on conflict do update set number = excluded.number",
  );

  const locateIn = (organization: number, kind: PlaceKind, id: string): readonly LocatedPlace[] => {
    const number = numberIn(id);
    const found = byId.get(organization, kind, id) ?? (number && byNumber.get(organization, kind, number));
    return found ? [plain(found) as LocatedPlace] : [];
  };

  return {
    locate(kind, id, organization) {
      if (organization !== null) {
        const home = context.findOrganization(organization);
        return home === undefined ? [] : locateIn(home.number, kind, id);
      }
      const number = numberIn(id);
      const rows = [...homesOfId.all(kind, id), ...(number === null ? [] : homesOfNumber.all(kind, number))];
      const homes = new Set(rows.map((row) => Number(row["organization"])));
      return [...homes]
        .toSorted((a, b) => a - b)
        .flatMap((home) => locateIn(home, kind, id))
        .slice(0, mostLocated);
    },
    replace(organization, places) {
      const wanted = new Map(places.map((place) => [`${place.kind} ${place.id}`, place]));
      for (const row of present.all(organization)) {
        const { kind, id, number } = row as unknown as PlaceId;
        const name = `${kind} ${id}`;
        if (wanted.get(name)?.number === number) wanted.delete(name);
        else remove.run(organization, kind, id);
      }
      for (const { kind, id, number } of wanted.values()) insert.run(organization, kind, id, number);
    },
    addPlaces(organization, places) {
      const home = context.organization(organization).number;
      for (const { kind, id, number } of places) insert.run(home, kind, id, number);
    },
    dropPlaces(organization, places) {
      const home = context.organization(organization).number;
      for (const { kind, id } of places) remove.run(home, kind, id);
    },
  };
}
