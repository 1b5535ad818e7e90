// The organization in which a request is answered: that of the key; an operator's key names it.

import { BelfryError } from "../../../errors.ts";
import type { Registry } from "../../../store/registry.ts";
import type { PlacePort } from "../../place-port.ts";
import type { RestCall } from "../rest-route.ts";
import { type Sight, sightOf } from "./sight.ts";

export interface SightDeps {
  readonly registry: Pick<Registry, "organizations">;
  readonly place: Pick<PlacePort, "model">;
  readonly clock: { now(): number };
}

/** Throws ORGANIZATION_REQUIRED where an operator's key names none and there are several; null: the organization has no model yet. */
export async function sightFor(deps: SightDeps, { who }: RestCall): Promise<Sight | null> {
  const id = who.organization ?? (await onlyOne(deps.registry));
  const model = id === null ? null : await deps.place.model(id);
  return model === null ? null : sightOf(who, model, deps.clock.now());
}

async function onlyOne(registry: SightDeps["registry"]): Promise<string | null> {
  const [first, second] = await registry.organizations();
  if (second !== undefined) {
    throw new BelfryError(
      "ORGANIZATION_REQUIRED",
      "There are several organizations. Name the organization in the header belfry-organization.",
    );
  }
  return first?.id ?? null;
}
