// The history port over the reads of a store, wherever they run. Minutes are decoded on this side. A list that takes long is read
// in slices, each in its organization's turn.

import type { FairReads } from "./fair-reads.ts";
import type { LaneFigures } from "./figure-reads.ts";
import type { History, Page, PageRequest } from "./history.ts";
import { type HistoryOperations, mostBodies } from "./history-operations.ts";
import { minutePage } from "./minute-page.ts";

/** A page has no more items, whatever was asked for. */
const longestPage = 1_000;
/** A week. */
const mostMinutes = 10_080;
/** Slices of a page; then it ends, with what was found: after about 250 ms of reading, or 60 slices of large bodies. */
const mostSlices = 60;
/** Lanes whose figures are read before others have their turn. */
const lanesOfSlice = 4;
/** Whose turn it is where the organization is not known: a read of one thing by its number. */
const unnamed = "";

/** Runs one of the reads. */
export type CallHistory = <Name extends keyof HistoryOperations>(
  name: Name,
  ...given: HistoryOperations[Name] extends (...given: infer Given) => unknown ? Given : never
) => Promise<HistoryOperations[Name] extends (...given: never[]) => infer Result ? Result : never>;

export function createHistoryInTurns(call: CallHistory, { inTurn }: FairReads): History {
  const bounded = <Query extends { readonly limit: number }>(query: Query, most = longestPage): Query => ({
    ...query,
    limit: Math.max(1, Math.min(query.limit, most)),
  });

  /** `sizeOf`: what an item adds to the size of a page, which ends beyond `mostBodies`. */
  const sliced = async <Item, Query extends PageRequest & { readonly organization: string | null }>(
    given: Query,
    read: (query: Query) => Promise<Page<Item>>,
    sizeOf: (item: Item) => number,
  ): Promise<Page<Item>> => {
    const query = bounded(given);
    const items: Item[] = [];
    let { before } = query;
    let size = 0;
    for (let slice = 0; slice < mostSlices && items.length < query.limit && size < mostBodies; slice++) {
      const rest = { ...query, before, limit: query.limit - items.length };
      const page = await inTurn(query.organization ?? unnamed, () => read(rest), slice > 0);
      items.push(...page.items);
      before = page.before;
      if (before === null) break;
      size += page.items.reduce((sum, item) => sum + sizeOf(item), 0);
    }
    return { items, before };
  };

  return {
    events: (query) =>
      sliced(
        query,
        (each) => call("events", each),
        ({ body }) => body.length,
      ),
    event: (organization, id) => inTurn(organization ?? unnamed, () => call("event", organization, id)),
    deliveries: (query) =>
      sliced(
        query,
        (each) => call("deliveries", each),
        () => 0,
      ),
    delivery: (number, organization = null) =>
      inTurn(organization ?? unnamed, () => call("delivery", number, organization)),
    sentText: (delivery) => inTurn(unnamed, () => call("sentText", delivery)),
    attempts: (delivery) => inTurn(unnamed, () => call("attempts", delivery)),
    minutes: async (query) => {
      const page = bounded(query, mostMinutes);
      return minutePage(page, await inTurn(query.organization, () => call("minutes", page)));
    },
    derived: (organization, keys) =>
      inTurn(organization, () => call("derived", organization, keys.slice(0, longestPage))),
    entries: (filter, limit, offset) =>
      inTurn(filter.organization ?? unnamed, () =>
        call("entries", filter, Math.max(1, Math.min(limit, longestPage)), offset),
      ),
    entriesBefore: (filter, page) =>
      inTurn(filter.organization ?? unnamed, () => call("entriesBefore", filter, bounded(page))),
    eventRange: (organization, from, to) => inTurn(organization, () => call("eventRange", from, to)),
    keptEvents: (query) => inTurn(query.organization, () => call("keptEvents", bounded(query))),
    endedDeliveries: (query) => inTurn(query.organization, () => call("endedDeliveries", query)),
    numbered: (query) => inTurn(query.organization, () => call("numbered", bounded(query))),
    figures: async (query) => {
      const found: LaneFigures[] = [];
      for (let first = 0; first < query.lanes.length; first += lanesOfSlice) {
        const slice = { ...query, lanes: query.lanes.slice(first, first + lanesOfSlice) };
        found.push(...(await inTurn(query.organization ?? unnamed, () => call("figures", slice), first > 0)));
      }
      return found;
    },
    expiring: (before, after) => inTurn(unnamed, () => call("expiring", before, after)),
    classStorage: (kind, organization) =>
      inTurn(organization ?? unnamed, () => call("classStorage", kind, organization)),
    fileBytes: () => inTurn(null, () => call("fileBytes")),
    checkAudit: (from) => inTurn(unnamed, () => call("checkAudit", from)),
    audit: (query) => inTurn(unnamed, () => call("audit", bounded(query))),
    totals: () => inTurn(null, () => call("totals")),
    pending: () => inTurn(null, () => call("pending")),
  };
}
