// The narrow waist: the one way in for observations and ready-made events, whatever brought them.

import type { Dialect } from "../dialects/dialect.ts";
import { BelfryError } from "../errors.ts";
import type { Acceptor } from "./ingest-port.ts";
import { acceptObservations, type ObservationDeps } from "./observations/accept-observations.ts";
import { acceptReadyMade, type ReadyMadeDeps } from "./events/accept-events.ts";

export function createAcceptor(
  dialects: readonly Dialect[],
  observing: ObservationDeps,
  readyMade: ReadyMadeDeps,
): Acceptor {
  return {
    observations: (items, who) => acceptObservations(observing, items, who),
    events(name, items, addressee, who) {
      const dialect = dialects.find((each) => each.name === name);
      if (dialect === undefined) throw new BelfryError("BAD_REQUEST", `There is no dialect ${name}.`);
      return acceptReadyMade(readyMade, dialect, items, addressee, who);
    },
  };
}
