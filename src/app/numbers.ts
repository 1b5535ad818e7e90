// What is known of counts and sensors, and what /metrics shows of the server as it stands.

import type { Dialect } from "../dialects/dialect.ts";
import { publishNodeGauges } from "../http/node-gauges.ts";
import { publishGauges } from "../http/server-gauges.ts";
import { type CensusDeps, sensorStates, spaceStates } from "../numbers/census.ts";
import { createNumbers } from "../numbers/numbers.ts";
import { diskSpace } from "../store/disk-space.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import { askOwners } from "./numbers-elsewhere.ts";
import type { Known } from "./organizations.ts";

export function assembleNumbers(
  { store, clock }: Ground,
  { organizations, place }: Known,
  { engine, nodes }: Delivery,
  dialects: readonly Dialect[],
) {
  const numbers = createNumbers({
    ledger: store.ledger,
    history: store.history,
    model: place.model,
    sensing: engine.sensing,
    act: engine.act,
    minuteTypes: (level) => {
      const minute = { kind: "occupancy", level, window: "minute" } as const;
      return dialects.flatMap((each) => each.typeOf(minute) ?? []);
    },
    clock,
  });
  const census: CensusDeps = {
    // Each node counts what it owns.
    organizations:
      nodes === null
        ? organizations.ids
        : () => [...organizations.ids()].filter((id) => engine.ownerOf(id) !== undefined),
    model: async (id) => (await organizations.get(id))?.model ?? null,
    sensing: engine.sensing,
    breathe: () => new Promise<void>((resolve) => void clock.after(0, resolve)),
  };
  return { numbers: nodes === null ? numbers : askOwners(numbers, engine, nodes), census };
}

export function showGauges({ config, metrics, store }: Ground, { engine, nodes }: Delivery, census: CensusDeps): void {
  if (nodes !== null) {
    publishNodeGauges(metrics, {
      nodes: () => nodes.membership.live().length,
      slices: () => [...nodes.owned.all()].length,
      changesAgeMs: nodes.feed.ageMs,
      arrivalsAgeMs: nodes.arrivalsAgeMs,
      isCertain: nodes.isCertain,
    });
  }
  publishGauges(metrics, {
    delivery: engine.snapshot,
    pending: store.history.pending,
    unfolded: engine.backlog,
    unstored: engine.unstored,
    disk: () => diskSpace(config.data),
    spaces: () => spaceStates(census),
    sensors: () => sensorStates(census),
  });
}
