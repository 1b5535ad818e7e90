// What is done for all calls of acceptance that share a transaction: first everything that may refuse one of them is read, then the
// receipts are worked out in memory, then all rows are written. Each call has its own answer.

import type { Acceptance, AcceptedEntry, AcceptResult, EventReceipt, FoldProgress } from "../../acceptance.ts";
import { type Context, type InternedOrganization, notFound } from "../context.ts";
import type { Ended } from "../group.ts";
import type { Numbers, OrderedWrite } from "../ordered-writes.ts";
import { type AcceptedRows, createAcceptEvents, type GivenEvent } from "./accept-events.ts";
import { writeFoldedEntries, writeReadyMadeEntries } from "./entries.ts";
import { createFold, type Fold } from "./fold.ts";
import { writeMinutes } from "./minutes.ts";
import type { Orphans } from "./orphans.ts";
import { repeatEarlier } from "./repeat.ts";
import { createSequences } from "./sequences.ts";

export interface AcceptCall {
  readonly acceptances: readonly Acceptance[];
  readonly fold: FoldProgress | null;
  readonly readyMade: readonly AcceptedEntry[];
}

type Organizations = ReadonlyMap<string, InternedOrganization>;

/** `kinds`: by dialect and type. */
export type AcceptCalls = (
  write: OrderedWrite,
  first: Numbers,
  calls: readonly AcceptCall[],
  kinds: ReadonlyMap<string, number>,
) => Promise<readonly Ended<AcceptResult>[]>;

export function createAcceptCalls(context: Context, orphans: Pick<Orphans, "add">): AcceptCalls {
  const acceptEvents = createAcceptEvents(createSequences(context));
  const fold = createFold();

  /** The receipts of all events. */
  async function writeEvents(
    write: OrderedWrite,
    first: Numbers,
    given: readonly GivenEvent[],
  ): Promise<readonly EventReceipt[]> {
    if (given.length === 0) return [];
    const accepted = await acceptEvents(write, first, given);
    const { inMemory } = accepted;
    if (inMemory !== null) write.ifUnknown((transaction) => orphans.add({ transaction, ...inMemory }));
    return await repeated(write, first, given, accepted);
  }

  return async (write, first, calls, kinds) => {
    const organizations = await context.organizations(write, new Set(calls.flatMap(organizationsOf)));
    const folds = calls.flatMap((call) => call.fold ?? []);
    const refused = await fold.refusals(write, folds, organizations);
    const refusals = calls.map((call) => refuse(call, refused, organizations));
    const given = calls.flatMap((call, index) =>
      refusals[index] === null ? eventsOf(call, index, organizations, kinds) : [],
    );
    const receipts = await writeEvents(write, first, given);
    const byCall = Map.groupBy(given.keys(), (place) => given[place]!.call);
    const receiptsOf = (call: number) => (byCall.get(call) ?? []).map((place) => receipts[place]!);
    const passed = [...calls.entries()].filter(([index]) => refusals[index] === null);
    const entries = passed.flatMap(([index, { readyMade }]) => {
      const own = receiptsOf(index);
      return readyMade.filter(({ event }) => own[event]?.status === "accepted");
    });
    if (entries.length > 0) await writeReadyMadeEntries(write, first.observation, entries, organizations);
    const told = passed.flatMap(([, call]) => call.fold ?? []);
    if (told.length > 0) await writeFolds(fold, write, told, organizations);
    return refusals.map((refusal, index) => refusal ?? { value: { status: "done", receipts: receiptsOf(index) } });
  };
}

function organizationsOf({ acceptances, fold, readyMade }: AcceptCall): readonly string[] {
  const sensed = fold === null ? [] : [...fold.subjects, ...fold.minutes, ...fold.entries];
  return [...acceptances, ...sensed, ...readyMade.map(({ entry }) => entry)].map(({ organization }) => organization);
}

/** What refuses a call, or makes it stale; null: nothing does. */
function refuse(
  call: AcceptCall,
  refused: ReadonlyMap<FoldProgress, Error>,
  organizations: Organizations,
): Ended<AcceptResult> | null {
  const error = call.fold === null ? undefined : refused.get(call.fold);
  if (error !== undefined) return { error };
  const stale = call.acceptances
    .filter(({ organization, revision }) => organizations.get(organization)?.revision !== revision)
    .map(({ organization }) => organization);
  if (stale.length > 0) return { value: { status: "stale", organizations: stale } };
  const unknown = call.readyMade.find(({ entry }) => !organizations.has(entry.organization));
  return unknown === undefined ? null : { error: notFound(unknown.entry.organization) };
}

function eventsOf(
  { acceptances }: AcceptCall,
  call: number,
  organizations: Organizations,
  kinds: ReadonlyMap<string, number>,
): readonly GivenEvent[] {
  return acceptances.flatMap(({ organization: id, events }) => {
    const { number: organization, shard } = organizations.get(id)!;
    return events.map((event) => {
      const kind = kinds.get(`${event.dialect} ${event.type}`)!;
      return { call, organization, shard, kind, event };
    });
  });
}

/** When all events are written, so that a minute is repeated as it was corrected in the same call. */
async function repeated(
  write: OrderedWrite,
  first: Numbers,
  given: readonly GivenEvent[],
  { receipts, delivered }: AcceptedRows,
): Promise<readonly EventReceipt[]> {
  if (!given.some(({ event }) => event.repeats.length > 0)) return receipts;
  return await repeatEarlier(write, first.delivery + delivered, given, receipts);
}

async function writeFolds(
  fold: Fold,
  write: OrderedWrite,
  folds: readonly FoldProgress[],
  organizations: Organizations,
): Promise<void> {
  await fold.write(write, folds, organizations);
  const minutes = folds.flatMap((each) => each.minutes);
  await writeMinutes(write, minutes, organizations);
  const entries = folds.flatMap((each) => each.entries);
  await writeFoldedEntries(write, entries, organizations);
}
