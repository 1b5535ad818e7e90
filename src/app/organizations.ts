// What is known of organizations, how it changes, and who asks.

import { createAuthenticator } from "../auth/authenticator.ts";
import { createBriefCaches } from "../auth/brief-cache.ts";
import { createKeyMaker } from "../auth/api-keys.ts";
import { homeOf } from "../building/home-of.ts";
import { unreadableReason } from "../model/subscription.ts";
import { compileModelWith } from "../organizations/compile-model.ts";
import { createLiveRegistry } from "../organizations/live-registry.ts";
import { createOrganizations, modelUnreadable } from "../organizations/organizations.ts";
import { createPlaceLookup } from "../organizations/place-lookup.ts";
import { createModelChanges } from "../organizations/replace-model.ts";
import { createTurns } from "../turns.ts";
import type { Ground } from "./ground.ts";

export type Known = Awaited<ReturnType<typeof assembleOrganizations>>;

export async function assembleOrganizations({ config, store, others, node, clock, random, log, derive }: Ground) {
  const turns = createTurns(clock);
  const organizations = createOrganizations(store.registry, compileModelWith(turns), {
    onUnreadable: ({ id, organization }) =>
      log.error("subscription.unreadable", { organization, subscription: id }, unreadableReason),
    onUnreadableModel: (organization, err) =>
      log.error("model.unreadable", { organization, err }, modelUnreadable(organization).message),
  });
  const registry = createLiveRegistry(store.registry, organizations, clock);
  const keys = createKeyMaker({ registry, pepper: derive("keys"), clock, random });
  const place = createPlaceLookup(registry, organizations);
  const authenticator = createAuthenticator({
    registry,
    signIns: store.signIns,
    keys,
    tokenKey: derive("tokens"),
    home: async (organization, tenant) => homeOf(await place.model(organization), tenant),
    clock,
    random,
    signInMs: config.retentionSignIns,
    caches: createBriefCaches(() => others.isHearing()),
    ...(store.nodes !== null && {
      linkHomes: { own: homeName(node.id), take: (home: string, name: string) => others.takeLink(home, name) },
    }),
  });
  // Before the first read: what others change from here on is heard.
  const changesFrom = await store.changes.lastChange();
  await organizations.loadAll();
  const models = createModelChanges({
    registry,
    clock,
    turns,
    isUnreadable: async (id) => (await organizations.get(id))?.isModelUnreadable === true,
  });
  return {
    turns,
    organizations,
    registry,
    keys,
    authenticator,
    place,
    models,
    changesFrom,
    /** How long events of an organization are kept, ms. */
    eventsKeptMs: async (organization: string) =>
      (await registry.retention(organization)).events ?? config.retentionEvents,
  };
}

/** Letters and digits alone, for links. */
const homeName = (node: string): string => node.slice(node.indexOf("_") + 1);
