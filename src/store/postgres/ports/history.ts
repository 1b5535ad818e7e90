// The port History on PostgreSQL. Reads run on some of the connections, and the organizations take turns for these, so that what
// one asks for keeps neither the others nor those who write from theirs.

import { createFairReads } from "../../fair-reads.ts";
import type { History } from "../../history.ts";
import { type CallHistory, createHistoryInTurns } from "../../history-in-turns.ts";
import type { Context } from "../context.ts";
import { createHistoryReads } from "../statements/history-reads.ts";

/** `connections`: that there are for all. */
export function createHistory({ database: { session }, clock }: Context, connections: number): History {
  const reads = createHistoryReads({ session, clock });
  const call = (name: keyof typeof reads, ...given: readonly never[]): Promise<unknown> =>
    (reads[name] as (...each: readonly never[]) => Promise<unknown>)(...given);
  const turns = createFairReads(clock, Math.max(1, Math.floor(connections / 3)), "side by side");
  return createHistoryInTurns(call as CallHistory, turns);
}
