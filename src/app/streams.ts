// Who watches the engine as it works: what has changed, and the streams that tell of it.

import { createStreams } from "../http/operator/streams.ts";
import { createChanges } from "../live/changes.ts";
import type { Ground } from "./ground.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";

export function assembleStreams({ clock, store }: Ground, { organizations, place }: Known, { listen }: Listeners) {
  const changes = createChanges({ listen, organizations, model: place.model });
  return createStreams({ changes, clock, place, isPartial: store.nodes !== null });
}
