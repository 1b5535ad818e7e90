// The registry port over a client of the engine.

import type { Clock } from "../../../clock.ts";
import type { Registry } from "../../registry.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import { createSealedRegistry } from "../../sealed-registry.ts";
import type { Vault } from "../../vault.ts";
import type { Operations } from "../engine.ts";
import type { Client } from "../thread/client.ts";

export const createRegistry = (client: Client<Operations>, vault: Vault, clock: Clock): Registry =>
  createSealedRegistry(registryStatements(client), vault, clock);

export function registryStatements({ call }: Pick<Client<Operations>, "call">): RegistryStatements {
  return {
    organizations: () => call("organizations"),
    ensureOrganization: (id, name, dataKey, audit) => call("ensureOrganization", id, name, dataKey, audit),
    removeOrganization: (id, audit) => call("removeOrganization", id, audit),
    eraseRemoved: () => call("eraseRemoved"),
    dataKey: (organization) => call("dataKey", organization),
    snapshot: (organization, since) => call("snapshot", organization, since),
    subscription: (id, organization) => call("subscription", id, organization),
    change: (change, now) => call("change", change, now),
    beginModel: (organization) => call("beginModel", organization),
    addModelPiece: (organization, version, piece, text) => call("addModelPiece", organization, version, piece, text),
    modelPiece: (organization, version, piece) => call("modelPiece", organization, version, piece),
    endModel: (version) => call("endModel", version),
    modelsUnderWay: () => call("modelsUnderWay"),
    allocate: (count, organization) => call("allocate", count, organization),
    retentions: () => call("retentions"),
    retention: (organization) => call("retention", organization),
    locate: (kind, id, organization) => call("locate", kind, id, organization),
    addPlaces: (organization, places) => call("addPlaces", organization, places),
    dropPlaces: (organization, places) => call("dropPlaces", organization, places),
    addKey: (key, audit) => call("addKey", key, audit),
    key: (id) => call("key", id),
    keys: () => call("keys"),
    revokeKey: (id, audit) => call("revokeKey", id, audit),
    putPin: (organization, kind, id, sealed) => call("putPin", organization, kind, id, sealed),
    pins: (organization, kind, ids) => call("pins", organization, kind, ids),
    dropPins: (organization, kind, ids) => call("dropPins", organization, kind, ids),
    putPicture: (organization, picture, audit) => call("putPicture", organization, picture, audit),
    picture: (organization, kind, id) => call("picture", organization, kind, id),
    pictures: (organization) => call("pictures", organization),
    dropPicture: (organization, kind, id, audit) => call("dropPicture", organization, kind, id, audit),
    audit: (entry) => call("audit", entry),
  };
}
