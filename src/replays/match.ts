// Which kept events a subscription was owed, or would have been owed as it is now. Pure but for what it remembers of values
// where a subscription takes changes only: so it must see all events of a time, in their order.

import type { Dialect } from "../dialects/dialect.ts";
import type { Scopes } from "../model/event.ts";
import type { Ending, ReplayCriteria } from "../model/replay.ts";
import { bindingFor, type Subscription } from "../model/subscription.ts";
import type { KeptEvent } from "../store/replay-reads.ts";

export interface MatchRule {
  readonly subscription: Subscription;
  readonly criteria: Pick<ReplayCriteria, "spaces" | "endings">;
  readonly dialect: Pick<Dialect, "variant" | "valueOf">;
  /** Of the tenant whose subscription it is: the building in which they live, null where they are over or unknown. */
  readonly home: string | null;
  /** How the delivery of an event to it ended; null: it is still owed. */
  readonly endingOf: (event: number) => Ending | null;
}

/** Whether the bodies of events must be read. */
export const needsValues = ({ sendOnValueChange, filters }: Subscription): boolean =>
  sendOnValueChange || filters?.occupancy !== undefined;

/** The variant under which an event is owed; null: it is not. */
export type ReplayMatch = (event: KeptEvent) => number | null;

export function createReplayMatch(rule: MatchRule): ReplayMatch {
  const { subscription, criteria, dialect } = rule;
  const changes = createChanges();
  return (kept) => {
    const { type, body } = kept;
    const scopes = kept.scopes === null ? {} : (JSON.parse(kept.scopes) as Scopes);
    const value = body === null ? null : dialect.valueOf(type, body);
    const binding = bindingFor(subscription, { dialect: kept.dialect, type, scopes, value });
    if (binding === null) return null;
    if (subscription.sendOnValueChange && value !== null && !changes(kept, value)) return null;
    if (!isStillTheirs(rule, kept, scopes)) return null;
    if (criteria.spaces !== null && !isIn(criteria.spaces, kept, scopes)) return null;
    if (criteria.endings !== null) {
      const ending = rule.endingOf(kept.number);
      if (ending === null || !criteria.endings.includes(ending)) return null;
    }
    return dialect.variant(subscription, binding, { type, scopes });
  };
}

/** From a tenant's lane the store knows what a move, the end of their time or a narrower scope took away. Nobody has written that
 * down for the time before the lane was there: of that time only what names the tenant goes to them, and from their building. */
function isStillTheirs(
  { subscription: { scope, createdAt }, home }: MatchRule,
  { acceptedAt }: KeptEvent,
  { building, selves }: Scopes,
): boolean {
  if (scope.kind !== "tenant") return true;
  if (home === null) return false;
  return acceptedAt >= createdAt || (building === home && selves?.includes(scope.id) === true);
}

function isIn(spaces: readonly string[], { subject }: KeptEvent, scopes: Scopes): boolean {
  const { site, building, floor, room, zone, mac, resource } = scopes;
  return [subject, site, building, floor, room, zone, mac, resource].some(
    (id) => id !== undefined && spaces.includes(id),
  );
}

/** Whether a value differs from the last one of its type and subject. The first one does; so does one that came late, and the one
 * after it, as when they were accepted [store/acceptance.ts]. */
function createChanges(): (event: KeptEvent, value: string) => boolean {
  const last = new Map<string, { readonly value: string; readonly at: number; readonly wasLate: boolean }>();
  return ({ type, subject, at }, value) => {
    const key = `${type} ${subject}`;
    const before = last.get(key);
    const isLate = before !== undefined && at < before.at;
    last.set(key, { value, at: Math.max(at, before?.at ?? at), wasLate: isLate });
    return before === undefined || isLate || before.wasLate || before.value !== value;
  };
}
