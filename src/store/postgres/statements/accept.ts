// Acceptance: events, what is owed of them, and how far sensing has read. Calls that wait together go into one transaction as one
// set of statements [accept-calls.ts].

import type { AcceptResult, NewEvent } from "../../acceptance.ts";
import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { type Numbers, weightOf } from "../ordered-writes.ts";
import { type AcceptCall, createAcceptCalls } from "./accept-calls.ts";
import { dayOf } from "./idempotency-keys.ts";
import type { Orphans } from "./orphans.ts";

export type AcceptanceOperations = Pick<Ledger, "accept">;

export function createAcceptance(context: Context, orphans: Pick<Orphans, "add">): AcceptanceOperations {
  const acceptCalls = createAcceptCalls(context, orphans);

  const accept = context.ordered.kind<AcceptCall, AcceptResult>({
    weigh: ({ acceptances, fold }) =>
      acceptances.reduce((sum, { events }) => sum + weightOf(events) + deliveriesOf(events), 1) +
      (fold?.minutes.length ?? 0),
    async prepare(calls) {
      const events = calls.flatMap(({ acceptances }) => acceptances.flatMap((each) => each.events));
      const kinds = await numbersOfKinds(context, events);
      await preparePartitions(context, calls, events);
      return { needs: needsOf(calls, events), run: (write, first) => acceptCalls(write, first, calls, kinds) };
    },
  });
  return { accept: (acceptances, fold, readyMade = []) => accept({ acceptances, fold, readyMade }) };
}

async function preparePartitions(
  { partitions }: Context,
  calls: readonly AcceptCall[],
  events: readonly NewEvent[],
): Promise<void> {
  const keyed = events.filter(({ idempotencyKey }) => idempotencyKey !== null);
  await partitions.prepareDays("idempotency_key", new Set(keyed.map(({ acceptedAt }) => dayOf(acceptedAt))));
  const minutes = calls.flatMap(({ fold }) => fold?.minutes ?? []);
  await partitions.prepareDays("minute_hour", new Set(minutes.map(({ at }) => dayOf(at))));
}

function needsOf(calls: readonly AcceptCall[], events: readonly NewEvent[]): Numbers {
  return {
    event: events.length,
    delivery: deliveriesOf(events),
    observation: calls.reduce((sum, { readyMade }) => sum + readyMade.length, 0),
  };
}

const deliveriesOf = (events: readonly NewEvent[]): number =>
  events.reduce((sum, { deliveries, repeats }) => sum + deliveries.length + repeats.length, 0);

/** By dialect and type. */
async function numbersOfKinds(
  { kinds }: Context,
  events: readonly Pick<NewEvent, "dialect" | "type">[],
): Promise<ReadonlyMap<string, number>> {
  const numbers = new Map<string, number>();
  for (const { dialect, type } of events) {
    const name = `${dialect} ${type}`;
    if (!numbers.has(name)) numbers.set(name, await kinds.number(dialect, type));
  }
  return numbers;
}
