// The ledger port over a client of the engine. Observations are parsed and minutes decoded on this side: the engine only moves
// text and bytes.

import type { Ledger } from "../../ledger.ts";
import { observationOf } from "../../logged-row.ts";
import { minutesWithin } from "../../minute-page.ts";
import type { Client } from "../thread/client.ts";
import type { Operations } from "../engine.ts";

export function createLedger({ call }: Client<Operations>): Ledger {
  return {
    appendObservations: (observations) => call("appendObservations", observations),
    readObservations: async (...given) => (await call("readObservations", ...given)).map(observationOf),
    countObservations: (...given) => call("countObservations", ...given),
    isLogWhole: async () => ((await call("readObservations", 0, 1))[0]?.position ?? 1) === 1,
    readFloor: async (organization, floor, from, until, limit, after) =>
      (await call("readFloor", organization, floor, from, until, limit, after)).map(observationOf),
    findCall: (organization, guid) => call("findCall", organization, guid),
    erasePerson: (person, cursor) => call("erasePerson", person, cursor),
    emptyWal: () => call("emptyWal"),
    readSensingState: (...given) => call("readSensingState", ...given),
    readMinutes: async (organization, series, subjects, from, until) =>
      (await call("readMinutes", organization, series, subjects, from, until)).flatMap(({ subject, ...hour }) =>
        minutesWithin([hour], from, until).map((minute) => ({ organization, series, subject, ...minute })),
      ),
    accept: (...given) => call("accept", ...given),
    acquire: (...given) => call("acquire", ...given),
    release: (epoch) => call("release", epoch),
    markStarted: (epoch, deliveries) => call("markStarted", epoch, deliveries),
    clearMark: (epoch, deliveries) => call("clearMark", epoch, deliveries),
    lastSequences: (lanes) => call("lastSequences", lanes),
    remember: (epoch, healths) => call("remember", epoch, healths),
    readDue: (epoch, now, reads) => call("readDue", epoch, now, reads),
    readArrivals: (epoch) => call("readArrivals", epoch),
    settle: (epoch, settlements) => call("settle", epoch, settlements),
    spill: (epoch, deliveries, due) => call("spill", epoch, deliveries, due),
    hasten: (...given) => call("hasten", ...given),
    hastenOne: (...given) => call("hastenOne", ...given),
    supersede: (epoch, lane, latest, now) => call("supersede", epoch, lane, latest, now),
    cancel: (epoch, lane, now, limit) => call("cancel", epoch, lane, now, limit),
    withdraw: (epoch, numbers, after, now) => call("withdraw", epoch, numbers, after, now),
    resend: (delivery, now) => call("resend", delivery, now),
    replay: (deliveries, now) => call("replay", deliveries, now),
    prune: (epoch, retention, now, budgetMs) => call("prune", epoch, retention, now, budgetMs),
  };
}
