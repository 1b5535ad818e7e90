// Who hears what happens in the engine: metrics, log, alerts and traces. Alerts deliver through the dispatcher, too.

import { createAlerts } from "../alerts/alerts.ts";
import { reportDelivery } from "../delivery/report.ts";
import { countEngine } from "../http/engine-metrics.ts";
import { reportSensing } from "../ingest/derive/report-sensing.ts";
import { openToListeners } from "../model/engine-events.ts";
import { watching } from "../numbers/census.ts";
import { diskSpace } from "../store/disk-space.ts";
import { createTracing } from "../tracing/tracing.ts";
import { version } from "../version.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Known } from "./organizations.ts";

export type Listeners = ReturnType<typeof assembleListeners>;

export function assembleListeners(ground: Ground, { organizations }: Known, later: Later) {
  const { config, metrics, log, clock, random, store, newEventId } = ground;
  // Traces go on to receivers, and are recorded where somebody brings an SDK for them.
  const tracing = createTracing({
    random,
    version,
    onFault: (error) => log.error("listener.failed", { err: error }, "Something that happened could not be traced."),
  });
  const alerts = createAlerts({
    ledger: store.ledger,
    history: store.history,
    organizations,
    enqueuer: { readLater: (...row) => later.engine().readLater(...row) },
    lane: (number) => later.engine().lane(number),
    openLane: (number) =>
      void later
        .engine()
        .openLane(number)
        .catch((err: unknown) =>
          log.warn("call.not_sent", { err, call: "open_lane" }, "Another node could not be told."),
        ),
    watching: (of) =>
      watching({
        ...later.census(),
        organizations: () => (of === null ? ownOrganizations(organizations.ids(), later) : [of]),
      }),
    ...(store.nodes !== null && { isOwn: (of: string | null) => isOwn(of, later) }),
    disk: () => diskSpace(config.data),
    waiting: async () => (await store.history.pending()) + (await later.engine().backlog()),
    newEventId,
    clock,
    log,
  });
  const { events, listen } = openToListeners(
    [countEngine(metrics), reportDelivery(log), reportSensing(log), alerts.events],
    (error) =>
      log.error("listener.failed", { err: error }, "Something that happened could not be counted or reported."),
  );
  return { tracing, alerts, events, listen };
}

/** Of this server the first owner tells. */
const isOwn = (organization: string | null, { engine }: Later): boolean =>
  (organization === null ? engine().first() : engine().ownerOf(organization)) !== undefined;

/** Each node tells of what it owns. */
function* ownOrganizations(ids: Iterable<string>, later: Later): Generator<string> {
  for (const id of ids) if (isOwn(id, later)) yield id;
}
