// The port Registry on PostgreSQL.

import type { Registry } from "../../registry.ts";
import type { Vault } from "../../vault.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export function createRegistry(_context: Context, _vault: Vault): Registry {
  return {
    organizations: () => notYet("organizations"),
    ensureOrganization: () => notYet("ensureOrganization"),
    removeOrganization: () => notYet("removeOrganization"),
    eraseRemoved: () => notYet("eraseRemoved"),
    snapshot: () => notYet("snapshot"),
    model: () => notYet("model"),
    removeOldModels: () => notYet("removeOldModels"),
    retentions: () => notYet("retentions"),
    retention: () => notYet("retention"),
    subscription: () => notYet("subscription"),
    change: () => notYet("change"),
    allocate: () => notYet("allocate"),
    locate: () => notYet("locate"),
    addPlaces: () => notYet("addPlaces"),
    dropPlaces: () => notYet("dropPlaces"),
    addKey: () => notYet("addKey"),
    key: () => notYet("key"),
    keys: () => notYet("keys"),
    revokeKey: () => notYet("revokeKey"),
    putPin: () => notYet("putPin"),
    pins: () => notYet("pins"),
    dropPins: () => notYet("dropPins"),
    putPicture: () => notYet("putPicture"),
    picture: () => notYet("picture"),
    pictures: () => notYet("pictures"),
    dropPicture: () => notYet("dropPicture"),
    audit: () => notYet("audit"),
  };
}
