// The registry port on PostgreSQL. Any number of processes write to it at once.

import type { Registry } from "../../registry.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import { createSealedRegistry } from "../../sealed-registry.ts";
import type { Vault } from "../../vault.ts";
import type { Context } from "../context.ts";
import { createAllocate } from "../statements/allocate.ts";
import { writeAudit } from "../statements/audit.ts";
import { applyChange } from "../statements/change.ts";
import { createEraseRemoved } from "../statements/erase-removed.ts";
import { createKeys } from "../statements/keys.ts";
import { createModels } from "../statements/models.ts";
import { createOrganizations } from "../statements/organizations.ts";
import { createOwnRetentions } from "../statements/own-retention.ts";
import { createPictures } from "../statements/pictures.ts";
import { createPins } from "../statements/pins.ts";
import { createPlaces } from "../statements/places.ts";
import { createRemoveOrganization } from "../statements/remove-organization.ts";
import { findSubscription } from "../statements/subscriptions.ts";

export const createRegistry = (context: Context, vault: Vault): Registry =>
  createSealedRegistry(registryStatements(context), vault, context.clock);

export const registryStatements = (context: Context): RegistryStatements => ({
  ...createOrganizations(context),
  ...createModels(context),
  ...createPlaces(context),
  ...createKeys(context),
  ...createPins(context),
  ...createPictures(context),
  ...createOwnRetentions(context),
  removeOrganization: createRemoveOrganization(context),
  eraseRemoved: createEraseRemoved(context),
  allocate: createAllocate(context),
  subscription: (id, organization) => findSubscription(context.database.session, id, organization),
  change: (change, now) => context.ordered.run((write) => applyChange(context, write, change, now)),
  audit: (entry) => context.ordered.run((write) => writeAudit(write, [entry], null)),
});
