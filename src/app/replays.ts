// Replays: what an organization asks for, and the jobs that do it.

import { replaySettings } from "../config/parts.ts";
import { createReplays } from "../replays/replays.ts";
import { createReplayRequests } from "../replays/requests.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Known } from "./organizations.ts";

export type Replaying = ReturnType<typeof assembleReplays>;

export function assembleReplays(
  { config, store, clock, log, newId }: Ground,
  { organizations }: Known,
  { dispatcher, arrivals }: Delivery,
  { dialect }: Later,
) {
  const shared = { history: store.history, store: store.replays, organizations, dialect, clock };
  const jobs = createReplays({
    ...shared,
    log,
    epoch: dispatcher.epoch,
    readLater: arrivals.enqueuer.readLater,
    bar: dispatcher.bar,
  });
  const requests = createReplayRequests({
    ...shared,
    ledger: store.ledger,
    jobs,
    settings: replaySettings(config),
    newId: () => newId("replay"),
  });
  return { jobs, requests };
}
