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
export const walkMs = 20;
export const walkSteps = 20;

/** A condition for the rows of one thing, which `alone` names, and with `order by` its column and then the number also their order.
 * It is the same as `=`, but no other index has the rows in this order: one over numbers, which PostgreSQL would take for cheaper
 * where it guesses that many rows are of this one, would be read on and on for the few of a small one. With it, an upper
 * bound of the number does not end the reading, only a limit does: the bound stands outside of what is limited. */
export const of = (column: string, alone: string): string => `${column} between ${alone} and ${alone}`;

/** Rows made at the same time, or by nodes with different clocks, may be numbered in another order than their times. */
export { slackMs } from "../../stored-replays.ts";
