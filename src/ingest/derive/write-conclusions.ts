// From facts to rows: each fact in the words of every dialect, matched, and written with the progress of sensing in one
// transaction. Where subscriptions have changed meanwhile the same facts are matched again.

import { entryOf, isDoorFact } from "../../building/entry-of.ts";
import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import type { Dialect } from "../../dialects/dialect.ts";
import type { Entry } from "../../model/entry.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import { derivedKey, type Event } from "../../model/event.ts";
import { type Fact, isDerivable } from "../../model/fact.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";
import type { AcceptResult, FoldProgress } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";
import { enqueuePlan, fanOut, type PlannedEvent, releasePlan } from "../events/fan-out.ts";
import type { Conclusion } from "./sensings.ts";

export interface WriteDeps {
  readonly ledger: Pick<Ledger, "accept">;
  readonly organizations: Organizations;
  readonly dialects: readonly Dialect[];
  readonly enqueuer: Enqueuer;
  readonly now: () => number;
  readonly newEventId: () => string;
  readonly events?: EngineEvents;
  /** A conclusion that no dialect can express is left out: it would fail again. */
  readonly leftOut: (conclusion: Conclusion, error: unknown) => void;
}

export interface Written {
  readonly events: number;
  /** Events that nobody takes and that can be derived again. */
  readonly unstored: number;
}

/** What is about to be written. */
interface Draft {
  readonly acceptedAt: number;
  readonly plans: Map<Organization, PlannedEvent[]>;
  readonly entries: Entry[];
  unstored: number;
}

/** null: nothing was written, since organizations have changed; they were read anew. */
export async function writeConclusions(
  deps: WriteDeps,
  conclusions: readonly Conclusion[],
  progress: FoldProgress,
): Promise<Written | null> {
  const draft: Draft = { acceptedAt: deps.now(), plans: new Map(), entries: [], unstored: 0 };
  const { plans, entries } = draft;
  let result: AcceptResult;
  try {
    for (const conclusion of conclusions) {
      const organization = await deps.organizations.get(conclusion.organization);
      if (organization !== null) add(deps, draft, conclusion, organization);
    }
    const acceptances = [...plans]
      .filter(([, plan]) => plan.length > 0)
      .map(([{ id, revision }, plan]) => ({ organization: id, revision, events: plan.map(({ row }) => row) }));
    // No turn more than this one between the answer and the lanes, or what was written later would overtake it.
    result = await deps.ledger.accept(acceptances, { ...progress, entries });
  } catch (error) {
    releasePlan(planned(plans), deps.enqueuer);
    throw error;
  }
  if (result.status === "stale") {
    releasePlan(planned(plans), deps.enqueuer);
    for (const id of result.organizations) await deps.organizations.reload(id);
    return null;
  }
  enqueuePlan(planned(plans), result.receipts, deps.enqueuer);
  const withEntries = new Set(entries.map(({ organization }) => organization));
  for (const [{ id }, plan] of plans) if (plan.length > 0) deps.events?.eventsWritten?.(id, withEntries.has(id));
  const events = result.receipts.filter(({ status }) => status === "accepted").length;
  return { events, unstored: draft.unstored };
}

/** Adds what the conclusion is in the words of every dialect. */
function add(deps: WriteDeps, draft: Draft, conclusion: Conclusion, organization: Organization): void {
  const { model, matcher } = organization;
  if (model === null) return;
  const { fact, position } = conclusion;
  let plan = draft.plans.get(organization);
  if (plan === undefined) draft.plans.set(organization, (plan = []));
  if (isDoorFact(fact)) draft.entries.push(entryOf(fact, model, draft.acceptedAt));
  for (const dialect of deps.dialects) {
    const type = dialect.typeOf(fact);
    if (type === null) continue;
    if (isDerivable(fact) && !matcher.wants(dialect.name, type)) {
      draft.unstored++;
      continue;
    }
    try {
      const event = dialect.express(fact, model, deps.newEventId);
      if (event === null) continue;
      const origin = {
        acceptedAt: draft.acceptedAt,
        key: keyOf(fact, event, position),
        idempotencyKey: null,
        trace: conclusion.trace ?? null,
        closesMinute: closesMinute(fact),
      };
      plan.push(fanOut(event, organization, dialect, deps.enqueuer, origin));
    } catch (error) {
      deps.leftOut(conclusion, error);
    }
  }
}

const planned = (plans: ReadonlyMap<Organization, readonly PlannedEvent[]>): PlannedEvent[] =>
  [...plans.values()].flat();

/** Two people may pass one door in the same second, so the moment alone does not tell instant events apart: the position
 * of their observation does, and it is the same in every fold. A minute is said once per revision. */
function keyOf(fact: Fact, event: Event, position: number): string {
  const key = derivedKey(event);
  return tellsMinute(fact) ? key : `${key}#${position}`;
}

const tellsMinute = (fact: Fact): boolean => fact.kind === "occupancy" && fact.window === "minute";
const closesMinute = (fact: Fact): boolean => tellsMinute(fact) && fact.revision === 0;
