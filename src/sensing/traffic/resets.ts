// The moments at which the traffic occupancy of each site begins at 0 again. It remembers when the next one is, since
// asking for it is slow.

import type { BuildingModel, Site } from "../../building/building.ts";
import { nextReset } from "./reset-time.ts";

export interface Resets {
  /** Resets after `from` up to `now`, by site; empty before the next one. */
  take(from: number, now: number, model: BuildingModel): ReadonlyMap<string, readonly number[]>;
  /** When the next one is; 0: not known yet. */
  next(): number;
  /** The sites may be others now. */
  forget(): void;
}

export function createResets(): Resets {
  let due = 0;
  return {
    take(from, now, model) {
      const passed = new Map<string, number[]>();
      if (now < due) return passed;
      due = Infinity;
      const sites = new Map<string, Site>([...model.buildings].map(({ site }) => [site.id, site]));
      for (const { id, timezone, occupancyReset } of sites.values()) {
        let next = nextReset(from, timezone, occupancyReset);
        for (; next <= now; next = nextReset(next, timezone, occupancyReset)) {
          passed.set(id, [...(passed.get(id) ?? []), next]);
        }
        due = Math.min(due, next);
      }
      return passed;
    },
    next: () => due,
    forget() {
      due = 0;
    },
  };
}
