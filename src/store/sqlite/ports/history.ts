// The history port over a client of the reads. Minutes are decoded on this side.

import type { History } from "../../history.ts";
import { minutePage } from "../../minute-page.ts";
import type { Client } from "../thread/client.ts";
import type { HistoryOperations } from "../statements/history-reads.ts";

/** A page has no more items, whatever was asked for. */
const longestPage = 1_000;
/** A week. */
const mostMinutes = 10_080;

export function createHistory({ call }: Client<HistoryOperations>): History {
  const bounded = <Query extends { readonly limit: number }>(query: Query, most = longestPage): Query => ({
    ...query,
    limit: Math.max(1, Math.min(query.limit, most)),
  });
  return {
    events: (query) => call("events", bounded(query)),
    event: (organization, id) => call("event", organization, id),
    deliveries: (query) => call("deliveries", bounded(query)),
    delivery: (number, organization = null) => call("delivery", number, organization),
    attempts: (delivery) => call("attempts", delivery),
    minutes: async (query) => {
      const page = bounded(query, mostMinutes);
      return minutePage(page, await call("minutes", page));
    },
    derived: (organization, keys) => call("derived", organization, keys.slice(0, longestPage)),
    entries: (filter, limit, offset) => call("entries", filter, Math.max(1, Math.min(limit, longestPage)), offset),
    entriesBefore: (filter, page) => call("entriesBefore", filter, bounded(page)),
    audit: (query) => call("audit", bounded(query)),
    totals: () => call("totals"),
  };
}
