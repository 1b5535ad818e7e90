// Statements of the ids of building models, by which places are found [place-names.ts]. An id, and the number that stands for it, is
// unique within its organization: what others have is neither seen nor in the way.

import type { LocatedPlace, PlaceId } from "../../../model/place-id.ts";
import { mostLocated, numberIn } from "../../place-names.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { Session, Transaction } from "../database.ts";
import { heldOrganization } from "./held-organization.ts";

type PlaceStatements = Pick<RegistryStatements, "locate" | "addPlaces" | "dropPlaces">;

export function createPlaces(context: Context): PlaceStatements {
  const { database } = context;
  const { session } = database;
  return {
    locate: (kind, id, organization) =>
      organization === null ? locateAnywhere(session, kind, id) : locateIn(session, kind, id, organization),
    addPlaces: (organization, places) =>
      database.write(async (transaction) => {
        const { number } = await heldOrganization(context, transaction, organization);
        await transaction.run(
          "insert into place (organization, kind, id, number) select $1, kind, id, number" +
            " from unnest($2::text[], $3::text[], $4::bigint[]) given (kind, id, number)" +
            " on conflict (organization, kind, id) do update set number = excluded.number",
          [number, ...columnsOf(places)],
        );
      }),
    dropPlaces: (organization, places) =>
      database.write(async (transaction) => {
        const { number } = await heldOrganization(context, transaction, organization);
        const [kinds, ids] = columnsOf(places);
        await transaction.run(
          "delete from place p using unnest($2::text[], $3::text[]) given (kind, id)" +
            " where p.organization = $1 and p.kind = given.kind and p.id = given.id",
          [number, kinds, ids],
        );
      }),
  };
}

const columns = "g.id as organization, p.kind, p.id, p.number";

/** The id wins. */
const locateIn = (session: Session, kind: string, id: string, organization: string): Promise<readonly LocatedPlace[]> =>
  session.rows<LocatedPlace>(
    `select ${columns} from organization g cross join lateral (` +
      "(select * from place where organization = g.number and kind = $2 and id = $3 limit 1) union all" +
      " (select * from place where organization = g.number and kind = $2 and number = $4 limit 1)" +
      ") p where g.id = $1 order by p.id = $3 desc limit 1",
    [organization, kind, id, numberIn(id)],
  );

/** One of each organization, the oldest first. */
const locateAnywhere = (session: Session, kind: string, id: string): Promise<readonly LocatedPlace[]> =>
  session.rows<LocatedPlace>(
    `select distinct on (g.number) ${columns} from (` +
      "(select * from place where kind = $1 and id = $2 order by organization limit $4) union all" +
      " (select * from place where kind = $1 and number = $3 order by organization limit $4)" +
      ") p join organization g on g.number = p.organization order by g.number, p.id = $2 desc limit $4",
    [kind, id, numberIn(id), mostLocated],
  );

/** Writes only what differs from what is there. */
export async function replacePlaces(
  transaction: Transaction,
  organization: number,
  places: readonly PlaceId[],
): Promise<void> {
  const values = [organization, ...columnsOf(places)];
  await transaction.run(
    "delete from place where organization = $1 and (kind, id, coalesce(number, -1)) not in" +
      " (select kind, id, coalesce(number, -1) from unnest($2::text[], $3::text[], $4::bigint[]) given (kind, id, number))",
    values,
  );
  await transaction.run(
    "insert into place (organization, kind, id, number) select $1, kind, id, number" +
      " from unnest($2::text[], $3::text[], $4::bigint[]) given (kind, id, number)" +
      " on conflict (organization, kind, id) do nothing",
    values,
  );
}

/** Of two with the same id the later one. */
function columnsOf(places: readonly PlaceId[]): [kinds: string[], ids: string[], numbers: (number | null)[]] {
  const distinct = [...new Map(places.map((place) => [`${place.kind} ${place.id}`, place])).values()];
  return [distinct.map(({ kind }) => kind), distinct.map(({ id }) => id), distinct.map(({ number }) => number)];
}
