// Statements of the observation log, and of what sensing remembers.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export type ObservationLogOperations = Pick<
  Ledger,
  "appendObservations" | "readObservations" | "readFloor" | "readSensingState"
>;

export function createObservationLog(_context: Context): ObservationLogOperations {
  return {
    appendObservations: () => notYet("appendObservations"),
    readObservations: () => notYet("readObservations"),
    readFloor: () => notYet("readFloor"),
    readSensingState: () => notYet("readSensingState"),
  };
}
