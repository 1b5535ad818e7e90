// Acceptance: events, what is owed of them, and how far sensing has read. Calls that wait together are one set of statements: first
// everything that may refuse one of them is read, then the receipts are worked out in memory, then all rows are written.

import { BelfryError } from "../../../errors.ts";
import type { Acceptance, AcceptedEntry, AcceptResult, EventReceipt, FoldProgress } from "../../acceptance.ts";
import type { Ledger } from "../../ledger.ts";
import type { Context, InternedOrganization } from "../context.ts";
import type { Ended } from "../group.ts";
import { isAnswer, type Numbers, type OrderedWrite } from "../ordered-writes.ts";
import { type AcceptedRows, createAcceptEvents, type GivenEvent } from "./accept-events.ts";
import { createFold } from "./fold.ts";
import { dayOf } from "./idempotency-keys.ts";
import { createWriteEntries } from "./entries.ts";
import { createWriteMinutes } from "./minutes.ts";
import type { Orphans } from "./orphans.ts";
import { repeatEarlier } from "./repeat.ts";
import { createSequences } from "./sequences.ts";

export type AcceptanceOperations = Pick<Ledger, "accept">;

interface Call {
  readonly acceptances: readonly Acceptance[];
  readonly fold: FoldProgress | null;
  readonly readyMade: readonly AcceptedEntry[];
}

/** A call that nothing refuses. */
interface Passed {
  readonly call: Call;
  /** Its place among those that wait together. */
  readonly index: number;
}

export function createAcceptance(context: Context, orphans: Orphans): AcceptanceOperations {
  const acceptEvents = createAcceptEvents(createSequences(context));
  const fold = createFold(context);
  const writeMinutes = createWriteMinutes();
  const writeEntries = createWriteEntries();

  /** What refuses a call, or makes it stale. */
  async function check(
    write: OrderedWrite,
    call: Call,
    organizations: ReadonlyMap<string, InternedOrganization>,
  ): Promise<Ended<AcceptResult> | null> {
    try {
      if (call.fold !== null) await fold.check(write, call.fold, organizations);
    } catch (error) {
      if (isAnswer(error)) return { error };
      throw error;
    }
    const stale = call.acceptances
      .filter(({ organization, revision }) => organizations.get(organization)?.revision !== revision)
      .map(({ organization }) => organization);
    if (stale.length > 0) return { value: { status: "stale", organizations: stale } };
    const unknown = call.readyMade.find(({ entry }) => !organizations.has(entry.organization));
    return unknown === undefined ? null : { error: notFound(unknown.entry.organization) };
  }

  async function run(
    write: OrderedWrite,
    first: Numbers,
    calls: readonly Call[],
    kinds: ReadonlyMap<string, number>,
  ): Promise<readonly Ended<AcceptResult>[]> {
    const organizations = await context.organizations(write, new Set(calls.flatMap(organizationsOf)));
    const ended: (Ended<AcceptResult> | null)[] = [];
    for (const call of calls) ended.push(await check(write, call, organizations));
    const passed = calls.map((call, index) => ({ call, index })).filter(({ index }) => ended[index] === null);
    const given = passed.flatMap(({ call, index }) => eventsOf(call, index, organizations, kinds));
    const accepted = given.length === 0 ? null : await acceptEvents(write, first, given);
    if (accepted !== null && accepted.inMemory !== null) {
      const { from, to } = accepted.inMemory;
      write.ifUnknown((transaction) => orphans.add({ transaction, from, to }));
    }
    const receipts = await repeated(write, first, given, accepted);
    const byCall = Map.groupBy(given.keys(), (place) => given[place]!.call);
    for (const { index } of passed) {
      const own = (byCall.get(index) ?? []).map((place) => receipts[place]!);
      ended[index] = { value: { status: "done", receipts: own } };
    }
    await writeReadyMade(write, first, passed, ended as readonly Ended<AcceptResult>[], organizations);
    await writeFolds(write, passed, organizations);
    return ended as readonly Ended<AcceptResult>[];
  }

  /** When all events are written, so that a minute is repeated as it was corrected in the same call. */
  async function repeated(
    write: OrderedWrite,
    first: Numbers,
    given: readonly GivenEvent[],
    accepted: AcceptedRows | null,
  ): Promise<readonly EventReceipt[]> {
    if (accepted === null) return [];
    if (!given.some(({ event }) => event.repeats.length > 0)) return accepted.receipts;
    return repeatEarlier(write, first.delivery + accepted.delivered, given, accepted.receipts);
  }

  async function writeReadyMade(
    write: OrderedWrite,
    first: Numbers,
    passed: readonly Passed[],
    ended: readonly Ended<AcceptResult>[],
    organizations: ReadonlyMap<string, InternedOrganization>,
  ): Promise<void> {
    const entries = passed.flatMap(({ call, index }) => {
      const { value } = ended[index] as { value: Extract<AcceptResult, { status: "done" }> };
      return call.readyMade.filter(({ event }) => value.receipts[event]?.status === "accepted");
    });
    if (entries.length > 0) await writeEntries.readyMade(write, first.observation, entries, organizations);
  }

  async function writeFolds(
    write: OrderedWrite,
    passed: readonly Passed[],
    organizations: ReadonlyMap<string, InternedOrganization>,
  ): Promise<void> {
    for (const { call } of passed) {
      if (call.fold === null) continue;
      await fold.write(write, call.fold, organizations);
      await writeMinutes(write, call.fold.minutes, organizations);
      await writeEntries.folded(write, call.fold.entries, organizations);
    }
  }

  const accept = context.ordered.kind<Call, AcceptResult>({
    weigh: ({ acceptances, fold }) =>
      acceptances.reduce((sum, { events }) => sum + events.length, 1) + (fold?.minutes.length ?? 0),
    async prepare(calls) {
      const events = calls.flatMap(({ acceptances }) => acceptances.flatMap((each) => each.events));
      const kinds = await numbersOfKinds(context, events);
      const keyed = events.filter(({ idempotencyKey }) => idempotencyKey !== null);
      await context.partitions.prepareDays("idempotency_key", new Set(keyed.map((each) => dayOf(each.acceptedAt))));
      const minutes = calls.flatMap(({ fold }) => fold?.minutes ?? []);
      await context.partitions.prepareDays("minute_hour", new Set(minutes.map(({ at }) => dayOf(at))));
      const sum = (of: (event: (typeof events)[number]) => number) => events.reduce((all, each) => all + of(each), 0);
      return {
        needs: {
          event: events.length,
          delivery: sum(({ deliveries, repeats }) => deliveries.length + repeats.length),
          observation: calls.reduce((all, { readyMade }) => all + readyMade.length, 0),
        },
        run: (write, first) => run(write, first, calls, kinds),
      };
    },
  });
  return { accept: (acceptances, fold, readyMade = []) => accept({ acceptances, fold, readyMade }) };
}

export const notFound = (organization: string): BelfryError =>
  new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);

function organizationsOf({ acceptances, fold, readyMade }: Call): readonly string[] {
  const sensed = fold === null ? [] : [...fold.subjects, ...fold.minutes, ...fold.entries];
  return [...acceptances, ...sensed, ...readyMade.map(({ entry }) => entry)].map(({ organization }) => organization);
}

function eventsOf(
  { acceptances }: Call,
  call: number,
  organizations: ReadonlyMap<string, InternedOrganization>,
  kinds: ReadonlyMap<string, number>,
): readonly GivenEvent[] {
  return acceptances.flatMap(({ organization, events }) => {
    const { number, shard } = organizations.get(organization)!;
    return events.map((event) => ({
      call,
      organization: number,
      shard,
      kind: kinds.get(`${event.dialect} ${event.type}`)!,
      event,
    }));
  });
}

async function numbersOfKinds(
  { kinds }: Context,
  events: readonly { readonly dialect: string; readonly type: string }[],
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  for (const { dialect, type } of events) {
    const name = `${dialect} ${type}`;
    if (!numbers.has(name)) numbers.set(name, await kinds.number(dialect, type));
  }
  return numbers;
}
