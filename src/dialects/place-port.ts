// Port: what a vendor's API sees of the place and does to it. The operations are those that an API uses today. Each further
// one is a line here and a line where it is implemented [organizations/place-lookup.ts, replace-model.ts]: entries come from History, events are handed in by Ingest, last values are known to sensing.

import type { BuildingModel } from "../building/building.ts";
import type { ModelDocument } from "../building/document.ts";
import type { LocatedPlace } from "../model/place-id.ts";
import type { Principal } from "../model/principal.ts";

export interface PlacePort {
  /** The records with this id or number. `organization`: look nowhere else, so that there is one at most; null: everywhere. */
  locate(
    kind: "building" | "floor" | "room" | "zone" | "tenant",
    id: string,
    organization: string | null,
  ): Promise<readonly LocatedPlace[]>;

  /** The model of an organization, compiled, as of `revision` or later. Null: it has none. */
  model(organization: string, revision?: number): Promise<BuildingModel | null>;

  /** The building with this id or number, or the one with this access point, and the model that holds it. `organization`: look
   * nowhere else. `several`: more than one organization has it. */
  buildingOf(
    id: { readonly building: string } | { readonly accessPoint: string },
    organization: string | null,
  ): Promise<{ readonly building: BuildingModel; readonly id: string } | "several" | null>;
}

export interface PlaceEditor {
  /** Changes the model of an organization all or nothing, audited. `edit` is pure and gets the stored model, again where that
   * has changed meanwhile; what it throws ends the change. Throws INVALID_MODEL with every fault of what comes out. The caller
   * has asked whether `who` may do this. */
  change(
    by: {
      readonly organization: string;
      readonly who: Principal;
      /** Such as `sensor.update`. */
      readonly action: string;
      /** The id of what is changed. */
      readonly object: string;
    },
    edit: (stored: ModelDocument) => ModelDocument,
  ): Promise<unknown>;
}
