// What happens in sensing, as lines of the log: a listener of engine events. One line for each change of a sensor or a hive, and
// one for each space that is not known any more.

import type { Log } from "../../log.ts";
import type { EngineEvents } from "../../model/engine-events.ts";

export function reportSensing(log: Log): EngineEvents {
  return {
    sensorChanged(organization, change) {
      const { online, silentSince } = change.health;
      const heard = { organization, online, silent_since: momentOf(silentSince) };
      if (change.type === "HIVE_HEALTH") {
        const facts = { ...heard, hive: change.hive };
        return log.info("hive.changed", facts, "A hive went online or offline, fell silent or spoke again.");
      }
      const { stuckSince, clock } = change.health;
      const facts = { ...heard, sensor: change.sensor, stuck_since: momentOf(stuckSince), clock };
      log.info("sensor.changed", facts, "A sensor is another way than before: online, silent, stuck or its clock.");
    },
    spaceLost(organization, level, space) {
      const facts = { organization, level, space };
      log.info("space.lost", facts, "Nobody speaks for this space any more: how many people it holds is unknown.");
    },
  };
}

const momentOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
