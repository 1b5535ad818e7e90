// What is not accepted since the database cannot take it is answered 503, and the log says why: a full disk, or somebody's lock on a
// table, lets everything else go on, so that no other part of a node would say it.

import { BelfryError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Ledger } from "../store/ledger.ts";

/** The same ledger. */
export function tellingUnaccepted<Accepting extends Pick<Ledger, "accept" | "appendObservations">>(
  ledger: Accepting,
  log: Log,
): Accepting {
  const told = <Arguments extends readonly unknown[], Result>(write: (...given: Arguments) => Promise<Result>) => {
    return async (...given: Arguments): Promise<Result> => {
      try {
        return await write(...given);
      } catch (err) {
        if (err instanceof BelfryError && err.code === "UNAVAILABLE")
          log.warn("store.not_accepted", { err }, "The database took nothing: senders are told to come again.");
        throw err;
      }
    };
  };
  return { ...ledger, accept: told(ledger.accept), appendObservations: told(ledger.appendObservations) };
}
