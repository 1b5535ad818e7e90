// Replays: what an organization asks for. Its owner does them [owner.ts].

import { replaySettings } from "../config/parts.ts";
import { createReplayRequests } from "../replays/requests.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Known } from "./organizations.ts";

export type Replaying = ReturnType<typeof assembleReplays>;

export function assembleReplays(
  { config, store, clock, newId }: Ground,
  { organizations }: Known,
  { engine }: Delivery,
  { dialect }: Later,
) {
  const shared = { history: store.history, store: store.replays, organizations, dialect, clock };
  return createReplayRequests({
    ...shared,
    ledger: store.ledger,
    // Another node hears of it as of every change.
    jobs: { note: (replay) => engine.ownerOf(replay.organization)?.jobs.note(replay) },
    settings: replaySettings(config),
    newId: () => newId("replay"),
  });
}
