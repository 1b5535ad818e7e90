// The history port over a client of the reads, which a thread of its own runs one after another.

import type { Clock } from "../../../clock.ts";
import { createFairReads } from "../../fair-reads.ts";
import type { History } from "../../history.ts";
import { createHistoryInTurns } from "../../history-in-turns.ts";
import type { HistoryOperations } from "../../history-operations.ts";
import type { Client } from "../thread/client.ts";

export const createHistory = ({ call }: Client<HistoryOperations>, clock: Pick<Clock, "monotonic">): History =>
  createHistoryInTurns(call, createFairReads(clock));
