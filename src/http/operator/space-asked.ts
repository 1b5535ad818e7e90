// The space that a request names, where its key may see it.

import { listedOrganization, notFound } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { mayReadBuilding, type Principal } from "../../model/principal.ts";
import type { Space } from "../../numbers/numbers-port.ts";
import type { OperatorDeps } from "./deps.ts";

const levels = ["floor", "room", "zone"] as const;

/** `name`: an id, or `room:ID` where places of different kinds have one id. Throws NOT_FOUND for a space that is another's, as
 * for one that is not there. */
export async function spaceAsked(
  deps: Pick<OperatorDeps, "numbers" | "place">,
  who: Principal,
  name: string,
  asked: string | undefined,
): Promise<Space> {
  const organization = listedOrganization(who, asked);
  const homes = organization === null ? await homesOf(deps, name) : [organization];
  const found = (await Promise.all(homes.map((home) => deps.numbers.find(home, name))))
    .flat()
    .filter(({ organization: home, building }) => mayReadBuilding(who, home, building));
  const [space, ...others] = found;
  if (space === undefined) throw notFound("space");
  if (others.length === 0) return space;
  const names = found.map((each) => `${each.level}:${each.id} of ${each.organization}`).join(", ");
  throw new BelfryError(
    "BAD_REQUEST",
    `Several spaces go by this id: ${names}. Name one as level:ID, with its organization.`,
  );
}

/** The organizations that have such a space: an operator need not name one. */
async function homesOf({ place }: Pick<OperatorDeps, "place">, name: string): Promise<readonly string[]> {
  const [, , rest] = /^(floor|room|zone):(.+)$/.exec(name) ?? [];
  const ids = rest === undefined ? [name] : [name, rest];
  const found = await Promise.all(ids.flatMap((id) => levels.map((level) => place.locate(level, id, null))));
  return [...new Set(found.flat().map(({ organization }) => organization))];
}
