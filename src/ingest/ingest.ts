// The narrow waist: the one way in for observations and ready-made events, whatever brought them.

import type { Dialect } from "../dialects/dialect.ts";
import { BelfryError } from "../errors.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { Ingest } from "./ingest-port.ts";
import { acceptObservations, type AcceptObservationsDeps } from "./observations/accept-observations.ts";
import { acceptEvents, type AcceptEventsDeps } from "./events/accept-events.ts";

export function createIngest(
  dialects: readonly Dialect[],
  observing: AcceptObservationsDeps,
  readyMade: AcceptEventsDeps,
  events: EngineEvents = {},
): Ingest {
  return {
    async observations(items, who) {
      const result = await acceptObservations(observing, items, who);
      events.accepted?.("observation", result);
      return result;
    },
    async events(name, items, addressee, who) {
      const dialect = dialects.find((each) => each.name === name);
      if (dialect === undefined) throw new BelfryError("BAD_REQUEST", `There is no dialect ${name}.`);
      const result = await acceptEvents(readyMade, dialect, items, addressee, who);
      events.accepted?.("event", result);
      return result;
    },
  };
}
