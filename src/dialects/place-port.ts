// Port: what a vendor's API sees of the place and does to it. The operations are those that an API uses today. Each further
// one is a line here and a line where it is implemented [organizations/place-lookup.ts]: changing the model is
// ModelChanges.change, entries come from History, events are handed in by Ingest, last values are known to sensing.

import type { BuildingModel } from "../building/building.ts";
import type { LocatedPlace, PlaceKind } from "../model/place-id.ts";

export interface PlacePort {
  /** The record with this id or number, of whatever organization. Null: there is none. */
  locate(kind: PlaceKind, id: string): Promise<LocatedPlace | null>;

  /** The model of an organization, compiled, as of `revision` or later. Null: it has none. */
  model(organization: string, revision?: number): Promise<BuildingModel | null>;

  /** The building with this id or number, or the one with this access point, and the model that holds it. */
  buildingOf(
    id: { readonly building: string } | { readonly accessPoint: string },
  ): Promise<{ readonly building: BuildingModel; readonly id: string } | null>;
}
