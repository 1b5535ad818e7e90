// Which facts are worth an event. Detections and instant occupancy can be derived again from the log, so they become events only
// while somebody takes their type; everything else is always kept [design §4.17].

import type { Dialect } from "../../dialects/dialect.ts";
import type { FactType } from "../../model/fact.ts";
import type { Organization } from "../../organizations/organizations.ts";

export function isWanted(fact: FactType, { matcher }: Organization, dialects: readonly Dialect[]): boolean {
  return dialects.some((dialect) => {
    const type = dialect.typeOf(fact);
    return type !== null && matcher.wants(dialect.name, type);
  });
}

/** It is derived again where somebody asks for it. */
export const isDerivable = (fact: FactType): boolean =>
  fact.kind === "detections" || (fact.kind === "occupancy" && fact.window === "instant");
