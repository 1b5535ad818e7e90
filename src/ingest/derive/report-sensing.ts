// What happens in sensing, as lines of the log: a listener of engine events. One line for each change of a sensor or a hive, and
// one for each space that is not known any more. Where very many come at once, the first of them and one line for the others: the
// first frames of a campus are ten thousand changes.

import type { Log } from "../../log.ts";
import type { EngineEvents } from "../../model/engine-events.ts";

type Told = "sensor.changed" | "hive.changed" | "space.lost";

/** Lines of one kind and organization that one turn of the event loop, which tells a slice of the log, may write. */
const most = 10;

export function reportSensing(log: Log): EngineEvents {
  /** How many there were in this turn, by kind and organization. */
  const counts = new Map<Told, Map<string, number>>();

  const summarize = (): void => {
    for (const [event, organizations] of counts) {
      for (const [organization, count] of organizations) {
        if (count <= most) continue;
        const facts = { organization, of: event, changes: count, not_shown: count - most };
        log.info("sensing.many_changed", facts, "Very many changed at once: the first of them have a line each.");
      }
    }
    counts.clear();
  };

  const tell = (event: Told, organization: string, facts: () => object, sentence: string): void => {
    if (counts.size === 0) queueMicrotask(summarize);
    const organizations = counts.get(event) ?? new Map<string, number>();
    counts.set(event, organizations);
    const count = (organizations.get(organization) ?? 0) + 1;
    organizations.set(organization, count);
    if (count <= most) log.info(event, { organization, ...facts() }, sentence);
  };

  return {
    sensorChanged(organization, change) {
      const heard = () => ({ online: change.health.online, silent_since: momentOf(change.health.silentSince) });
      if (change.type === "HIVE_HEALTH") {
        const facts = () => ({ ...heard(), hive: change.hive });
        return tell("hive.changed", organization, facts, "A hive went online or offline, fell silent or spoke again.");
      }
      const { stuckSince, clock } = change.health;
      const facts = () => ({ ...heard(), sensor: change.sensor, stuck_since: momentOf(stuckSince), clock });
      const sentence = "A sensor is another way than before: online, silent, stuck or its clock.";
      tell("sensor.changed", organization, facts, sentence);
    },
    spaceLost(organization, level, space) {
      const sentence = "Nobody speaks for this space any more: how many people it holds is unknown.";
      tell("space.lost", organization, () => ({ level, space }), sentence);
    },
  };
}

const momentOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
