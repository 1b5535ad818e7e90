// When sensors and hives were last heard, for the vendors' APIs: they list thousands, so it answers from memory.

import type { HiveHeard, SensorHeard, SensorStatus } from "../dialects/sensor-status.ts";
import type { Sensing } from "../sensing/sensing.ts";

export function createSensorStatus(sensing: (organization: string) => Sensing | undefined) {
  return {
    sensor(organization: string, id: string): SensorHeard | null {
      const known = sensing(organization)?.sensorHealth(id);
      if (known == null) return null;
      const { online, lastHeartbeat, lastMessage } = known.health;
      const { detections, traffic, motion } = lastMessage;
      const observation = latest(detections, traffic, motion);
      return {
        online,
        streaming: online && observation !== null,
        heartbeat: lastHeartbeat,
        observation,
        occupancy: known.mode === "traffic" ? traffic : detections,
        detection: detections,
      };
    },
    hive(organization: string, id: string): HiveHeard | null {
      const health = sensing(organization)?.hiveHealth(id);
      if (health == null) return null;
      const { online, lastHeartbeat } = health;
      return { online, streaming: online, heartbeat: lastHeartbeat };
    },
  } satisfies SensorStatus;
}

function latest(...moments: readonly (number | null)[]): number | null {
  return moments.reduce((last, at) => (last === null || (at !== null && at > last) ? at : last), null);
}
