// The ledger port over a client of the engine.

import type { Observation } from "../../../model/observation.ts";
import type { LoggedObservation } from "../../../model/observation.ts";
import type { Ledger } from "../../ledger.ts";
import type { Client } from "../thread/client.ts";
import type { Verbs } from "../engine.ts";
import type { LoggedRow } from "../statements/observation-log.ts";

export function createLedger({ call }: Client<Verbs>): Ledger {
  return {
    log: (observations) => call("log", observations),
    readLog: async (position, limit) => (await call("readLog", position, limit)).map(observationOf),
    readFloor: async (organization, floor, from, until, limit) =>
      (await call("readFloor", organization, floor, from, until, limit)).map(observationOf),
    readFold: () => call("readFold"),
    accept: (acceptances, fold) => call("accept", acceptances, fold),
    own: (now, spreadMs, farthestMs) => call("own", now, spreadMs, farthestMs),
    release: (epoch, now) => call("release", epoch, now),
    suspect: (epoch, deliveries) => call("suspect", epoch, deliveries),
    acquit: (epoch, deliveries) => call("acquit", epoch, deliveries),
    remember: (epoch, now, standings) => call("remember", epoch, now, standings),
    take: (epoch, now, reads) => call("take", epoch, now, reads),
    settle: (epoch, settlements) => call("settle", epoch, settlements),
    park: (epoch, deliveries, due) => call("park", epoch, deliveries, due),
    cancel: (epoch, lane, now, limit) => call("cancel", epoch, lane, now, limit),
    resend: (delivery, now) => call("resend", delivery, now),
    forget: (epoch, retention, now, budgetMs) => call("forget", epoch, retention, now, budgetMs),
  };
}

function observationOf({ position, organization, acceptedAt, body }: LoggedRow): LoggedObservation {
  return { position, organization, acceptedAt, observation: JSON.parse(body) as Observation };
}
