// What the reads of the history share: where they ask, and how long one of them goes on before others have their turn.

import type { Clock } from "../../../clock.ts";
import type { HistoryOperations } from "../../history-operations.ts";
import type { Session } from "../database.ts";

export interface HistoryContext {
  /** Single statements: each sees one moment. */
  readonly session: Session;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Some of the reads, each as it is asked for. */
export type Reads<Name extends keyof HistoryOperations> = {
  [Each in Name]: (...given: Parameters<HistoryOperations[Each]>) => Promise<ReturnType<HistoryOperations[Each]>>;
};

/** A slice of a list ends after this time, ms, or after so many steps, each a few ms. */
export const walkMs = 8;
export const walkSteps = 20;

/** Rows made at the same time, or by nodes with different clocks, may be numbered in another order than their times. */
export { slackMs } from "../../stored-replays.ts";
