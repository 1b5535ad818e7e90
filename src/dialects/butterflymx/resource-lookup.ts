// Whether an access point or device is part of a building.

import type { BuildingModel } from "../../building/building.ts";
import type { Pair } from "./types.ts";

/** The model's id of a record that a client named by id or number. Undefined: `building`, by its id, has none. */
export function resourceIn(
  model: BuildingModel | null,
  building: string | null,
  kind: Pair["resource"],
  given: string,
): string | undefined {
  const found = (kind === "access_point" ? model?.accessPoints : model?.devices)?.get(given);
  return found?.building.id === building ? found?.id : undefined;
}
