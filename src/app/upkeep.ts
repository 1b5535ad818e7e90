// What goes on by itself, whoever asks for something: retention, ends of tenants, removal of organizations, backups.

import { retentionSettings } from "../config/parts.ts";
import { createHeldExpiring } from "../delivery/settle/held-expiring.ts";
import { createRetention } from "../delivery/settle/retention.ts";
import { createInactiveTenants } from "../organizations/inactive-tenants.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { Subscription } from "../model/subscription.ts";
import { createOrganizationRemoval } from "../organizations/remove-organization.ts";
import { createBackups } from "../store/backups.ts";
import type { Ledger } from "../store/ledger.ts";
import { OwnershipLost } from "../store/ownership.ts";
import { noPrunedRows, type Pruned, type PruneBefore } from "../store/removal.ts";
import type { Epoch } from "../store/shards.ts";
import type { Delivery } from "./delivery.ts";
import type { Engine } from "./engine.ts";
import type { Ground } from "./ground.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";

export type Upkeep = ReturnType<typeof assembleUpkeep>;

export function assembleUpkeep(
  { config, metrics, store, clock, log }: Ground,
  { organizations, registry, authenticator, eventsKeptMs }: Known,
  { events }: Listeners,
  { engine }: Delivery,
) {
  const expired = metrics.counter(
    "belfry_deliveries_expired_total",
    "Deliveries that reached the end of their retention.",
  );
  const retention = createRetention({
    ledger: { prune: pruneAsFirst(store.ledger, engine) },
    clock,
    log,
    epoch: () => nobody,
    idle: engine.idle,
    settings: retentionSettings(config),
    onExpired(count, lanes) {
      expired(count);
      engine.expired(lanes);
    },
  });
  const heldExpiring = createHeldExpiring({
    history: store.history,
    subscriptions: { values: () => ownSubscriptions(organizations, engine) },
    clock,
    log,
    eventsMs: eventsKeptMs,
    events,
  });
  const inactiveTenants = createInactiveTenants({
    organizations,
    registry,
    owes(lane) {
      const status = engine.lane(lane);
      return status !== null && (status.onDisk || status.waiting > 0 || status.inFlight > 0);
    },
    clock,
    log,
  });
  const removal = createOrganizationRemoval({ registry, forgetKey: authenticator.forget, clock, log });
  const copyTo = store.nodes === null ? store.copyTo : null;
  const backups = createBackups({ copyTo, directory: config.data, clock, log });
  return { retention, heldExpiring, inactiveTenants, removal, backups };
}

/** One owner prunes for the whole installation; where it is another node there is nothing to do here. */
function pruneAsFirst(ledger: Pick<Ledger, "prune">, engine: Engine) {
  return async (_: Epoch, ...given: PruneArguments): Promise<Pruned> => {
    const owns = engine.first()?.dispatcher.owns() ?? null;
    if (owns === null) return nothingPruned;
    try {
      return await ledger.prune(owns.epoch, ...given);
    } catch (error) {
      // Its owner hears of it as well.
      if (error instanceof OwnershipLost) return nothingPruned;
      throw error;
    }
  };
}

type PruneArguments = [before: PruneBefore, now: number, budgetMs: number];

/** Whoever prunes does it under the epoch of the first owner. */
const nobody: Epoch = { number: 0, shards: [] };

const nothingPruned: Pruned = { ...noPrunedRows, lanes: [], more: false };

/** Each node tells of what it owns. */
function* ownSubscriptions(organizations: Organizations, engine: Engine): Generator<Subscription> {
  for (const each of organizations.subscriptions()) if (engine.ownerOf(each.organization) !== undefined) yield each;
}
