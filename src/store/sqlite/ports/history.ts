// The history port over a client of the reads.

import type { History, PageRequest } from "../../history.ts";
import type { Client } from "../thread/client.ts";
import type { HistoryOperations } from "../statements/history-reads.ts";

/** A page has no more items, whatever was asked for. */
const longestPage = 1_000;

export function createHistory({ call }: Client<HistoryOperations>): History {
  const bounded = <Query extends PageRequest>(query: Query): Query => ({
    ...query,
    limit: Math.max(1, Math.min(query.limit, longestPage)),
  });
  return {
    events: (query) => call("events", bounded(query)),
    event: (organization, id) => call("event", organization, id),
    deliveries: (query) => call("deliveries", bounded(query)),
    delivery: (number) => call("delivery", number),
    attempts: (delivery) => call("attempts", delivery),
    audit: (query) => call("audit", bounded(query)),
    totals: () => call("totals"),
  };
}
