// Looks through kept events from the first to the last, a page at a time, for those that a subscription is owed in a replay. A
// job and a dry run look with the same eyes.

import { homeOf } from "../building/home-of.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { ReplayCriteria } from "../model/replay.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { History } from "../store/history.ts";
import type { KeptEvent } from "../store/replay-reads.ts";
import { createEndings } from "./endings.ts";
import { createReplayMatch, needsValues } from "./match.ts";

export interface Match {
  readonly event: KeptEvent;
  readonly variant: number;
}

export interface ScanPage {
  readonly matches: readonly Match[];
  /** Types of the events that it looked at, whoever is owed them. */
  readonly seen: readonly string[];
  /** Number up to which everything was looked at, and when that event was accepted. */
  readonly reached: number;
  readonly reachedAt: number | null;
  readonly isEnd: boolean;
  /** The end is not the last event: how deliveries of later ones ended was not read in time. */
  readonly isCut: boolean;
}

export interface ScanDeps {
  readonly history: Pick<History, "eventRange" | "keptEvents" | "endedDeliveries">;
  readonly organizations: Pick<Organizations, "get">;
  readonly dialect: (name: string) => Pick<Dialect, "variant" | "valueOf">;
  readonly now: () => number;
}

export interface ScanOf {
  readonly subscription: Subscription;
  readonly criteria: ReplayCriteria;
  /** Numbers of events: looks behind `start`, up to `upTo`, and gives those behind `after`. */
  readonly start: number;
  readonly after: number;
  readonly upTo: number;
  /** true: no more time to read how deliveries ended; what is known by then has to do. Absent: there is. */
  readonly isLate?: () => boolean;
}

/** Gives the next page with each call. A call takes one short read, and may find nothing. */
export type Scan = () => Promise<ScanPage>;

const pageEvents = 1_000;

export async function createScan(deps: ScanDeps, of: ScanOf): Promise<Scan> {
  const { history } = deps;
  const { subscription, criteria, after, isLate = () => false } = of;
  const { organization, dialect } = subscription;
  const { from, to } = criteria;
  const types = criteria.types ?? [...new Set(subscription.bindings.map(({ type }) => type))];
  const bodies = needsValues(subscription);
  const { deliveriesAfter } = await history.eventRange(organization, from, to);
  const endings = createEndings(history, { organization, lane: subscription.number, after: deliveriesAfter });
  const home = await tenantHome(deps, subscription);
  const match = createReplayMatch({
    subscription,
    criteria,
    dialect: deps.dialect(dialect),
    home,
    endingOf: endings.of,
  });
  let { upTo } = of;
  let isReady = criteria.endings === null;
  // Changes are known only to who has seen the values before them.
  let cursor = subscription.sendOnValueChange ? of.start : after;

  return async () => {
    if (!isReady) {
      isReady = (await endings.read()) || isLate();
      if (isReady) upTo = Math.max(after, Math.min(upTo, endings.knownUpTo()));
      return { matches: [], seen: [], reached: after, reachedAt: null, isEnd: false, isCut: false };
    }
    const query = { organization, dialect, types, after: cursor, upTo, from, to, bodies, limit: pageEvents };
    const { events, reached, reachedAt } = await history.keptEvents(query);
    const matches: Match[] = [];
    for (const event of events) {
      const variant = match(event);
      if (variant !== null && event.number > after) matches.push({ event, variant });
    }
    cursor = reached;
    const seen = [...new Set(events.map(({ type }) => type))];
    const isEnd = reached >= upTo;
    return { matches, seen, reached: Math.max(reached, after), reachedAt, isEnd, isCut: isEnd && upTo < of.upTo };
  };
}

async function tenantHome(
  { organizations, now }: Pick<ScanDeps, "organizations" | "now">,
  { organization, scope }: Subscription,
): Promise<string | null> {
  if (scope.kind !== "tenant") return null;
  const model = (await organizations.get(organization))?.model ?? null;
  const until = model?.tenants.get(scope.id)?.inactiveAfter ?? 0;
  return until > now() ? homeOf(model, scope.id) : null;
}
