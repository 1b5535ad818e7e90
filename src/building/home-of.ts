// Which building a tenant lives in.

import type { BuildingModel } from "./building.ts";

/** The building's id. Null: there is no tenant with this id; a number is no id. */
export function homeOf(model: BuildingModel | null, tenant: string): string | null {
  const found = model?.tenants.get(tenant);
  return found?.id === tenant ? found.building.id : null;
}
