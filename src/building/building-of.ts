// Which building of a stored model a tenant lives in, without compiling the model.

import type { BuildingDocument, ModelDocument } from "./document.ts";

/** The building with this id, or the one in which the tenant with this id lives. `model`: as the registry keeps it. */
export function buildingOf(
  model: string | null,
  kind: "building" | "tenant",
  id: string,
): BuildingDocument | undefined {
  if (model === null) return undefined;
  const document = JSON.parse(model) as ModelDocument;
  return document.sites
    .flatMap((site) => site.buildings ?? [])
    .find((building) =>
      kind === "building" ? building.id === id : building.tenants?.some((tenant) => tenant.id === id),
    );
}
