// What goes on by itself, whoever asks for something: retention, ends of tenants, removal of organizations, backups.

import { retentionSettings } from "../config/parts.ts";
import { createHeldExpiring } from "../delivery/settle/held-expiring.ts";
import { createRetention } from "../delivery/settle/retention.ts";
import { createInactiveTenants } from "../organizations/inactive-tenants.ts";
import { createOrganizationRemoval } from "../organizations/remove-organization.ts";
import { createBackups } from "../store/backups.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";

export type Upkeep = ReturnType<typeof assembleUpkeep>;

export function assembleUpkeep(
  { config, metrics, store, clock, log }: Ground,
  { organizations, registry, authenticator, eventsKeptMs }: Known,
  { events }: Listeners,
  { dispatcher }: Delivery,
) {
  const expired = metrics.counter(
    "belfry_deliveries_expired_total",
    "Deliveries that reached the end of their retention.",
  );
  const retention = createRetention({
    ledger: store.ledger,
    clock,
    log,
    epoch: dispatcher.epoch,
    idle: dispatcher.idle,
    settings: retentionSettings(config),
    onExpired(count, lanes) {
      expired(count);
      dispatcher.expired(lanes);
    },
  });
  const heldExpiring = createHeldExpiring({
    history: store.history,
    subscriptions: { values: organizations.subscriptions },
    clock,
    log,
    eventsMs: eventsKeptMs,
    events,
  });
  const inactiveTenants = createInactiveTenants({
    organizations,
    registry,
    owes(lane) {
      const status = dispatcher.lane(lane);
      return status !== null && (status.onDisk || status.waiting > 0 || status.inFlight > 0);
    },
    clock,
    log,
  });
  const removal = createOrganizationRemoval({ registry, forgetKey: authenticator.forget, clock, log });
  const backups = createBackups({ copyTo: store.copyTo, directory: config.data, clock, log });
  return { retention, heldExpiring, inactiveTenants, removal, backups };
}
