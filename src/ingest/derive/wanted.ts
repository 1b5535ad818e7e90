// Whether somebody takes the event that a fact would become. What nobody takes is not written if it is derivable
// [model/fact.ts].

import type { Dialect } from "../../dialects/dialect.ts";
import type { FactType } from "../../model/fact.ts";
import type { Organization } from "../../organizations/organizations.ts";

export function isWanted(fact: FactType, { matcher }: Organization, dialects: readonly Dialect[]): boolean {
  return dialects.some((dialect) => {
    const type = dialect.typeOf(fact);
    return type !== null && matcher.wants(dialect.name, type);
  });
}
