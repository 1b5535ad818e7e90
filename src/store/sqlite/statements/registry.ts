// Statements of the registry: who and where. Secrets come and go sealed: this side never holds a key that opens them.

import type { AuditEntry } from "../../registry.ts";
import type { WriteAudit } from "./audit.ts";
import { type ApplyChange, createChange } from "./change.ts";
import { type ClearEndpointOperations, createClearEndpoints } from "./clear-endpoints.ts";
import type { EngineContext } from "./engine-context.ts";
import { createKeys, type KeyOperations } from "./keys.ts";
import { createModels, type ModelOperations } from "./models.ts";
import { type Allocate, createNumbers } from "./numbers.ts";
import { createOrganizations, type OrganizationOperations } from "./organizations.ts";
import type { OwnRetention } from "../../../model/retention.ts";
import type { OwnRetentions } from "./own-retention.ts";
import { createPictures, type PictureOperations } from "./pictures.ts";
import { createPins, type PinOperations } from "./pins.ts";
import { createPlaces, type Places } from "./places.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";
import type { Withdrawals } from "./withdrawals.ts";

export interface RegistryOperations
  extends OrganizationOperations,
    KeyOperations,
    PinOperations,
    ModelOperations,
    PictureOperations,
    ClearEndpointOperations {
  subscription: Subscriptions["find"];
  locate: Places["locate"];
  addPlaces: Places["addPlaces"];
  dropPlaces: Places["dropPlaces"];
  change: ApplyChange;
  allocate: Allocate;
  /** Of all organizations that have something of their own, by id. */
  retentions(): readonly (readonly [organization: string, retention: OwnRetention])[];
  /** Throws NOT_FOUND. */
  retention(organization: string): OwnRetention;
  audit(entry: AuditEntry): void;
}

export function createRegistryEngine(
  context: EngineContext,
  withdrawals: Withdrawals,
  ownRetentions: OwnRetentions,
  writeAudit: WriteAudit,
): RegistryOperations {
  const subscriptions = createSubscriptions(context);
  const places = createPlaces(context);
  const models = createModels(context);
  return {
    ...createOrganizations(context, subscriptions, withdrawals, models, writeAudit),
    ...createKeys(context, writeAudit),
    ...createPins(context),
    ...models.operations,
    ...createPictures(context, writeAudit),
    ...createClearEndpoints(context),
    subscription: subscriptions.find,
    locate: places.locate,
    addPlaces: places.addPlaces,
    dropPlaces: places.dropPlaces,
    change: createChange(context, subscriptions, places, models, withdrawals, ownRetentions, writeAudit),
    allocate: createNumbers(context),
    retentions: ownRetentions.all,
    retention: (organization) => ownRetentions.of(context.organization(organization).number),
    audit: (entry) => writeAudit(entry, null),
  };
}
