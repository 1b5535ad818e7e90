// Statements of acceptance: events, their deliveries, and how far sensing has read. Everything that can refuse a call is
// checked before its first write, so that a refused call leaves nothing in the transaction that it shares with others.

import type { Acceptance, AcceptResult, EventReceipt, FoldProgress, NewDelivery, NewEvent } from "../../acceptance.ts";
import type { Ledger } from "../../ledger.ts";
import { classNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import { type IdempotencyKeys, together } from "./idempotency-keys.ts";
import type { Entries } from "./entries.ts";
import type { Minutes } from "./minutes.ts";
import { createRepeat } from "./owe-again.ts";
import type { Newest } from "./newest.ts";
import type { Sequences } from "./sequences.ts";

export type Accept = (...given: Parameters<Ledger["accept"]>) => AcceptResult;

type AcceptEvent = (organization: number, event: NewEvent, alone: boolean) => EventReceipt;

function createAcceptEvent(
  context: EngineContext,
  { remember }: IdempotencyKeys,
  sequences: Pick<Sequences, "next">,
  newest: Pick<Newest, "spilled">,
): AcceptEvent {
  const insertEvent = context.prepare(
    "insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (organization, key) where key is not null do nothing",
  );
  const insertDelivery = context.prepare(
    `insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ${classNumber.live}, ?)`,
  );
  const keyed = context.prepare("select 1 from event where organization = ? and key = ?");
  const changes = createChanges(context);

  /** Whether it was new: derived events have a key of their own. */
  const insert = (number: number, organization: number, kind: number, event: NewEvent): boolean => {
    const { id, subject, revision, previous, scopes, key, body } = event;
    const [at, acceptedAt] = [Math.floor(event.at), Math.floor(event.acceptedAt)];
    const row = [
      number,
      organization,
      kind,
      id,
      subject,
      at,
      acceptedAt,
      revision,
      previous,
      scopes,
      key,
      body,
      event.trace ?? null,
    ] as const;
    return insertEvent.run(...row).changes === 1;
  };

  /** Its number in the lane goes behind the others. */
  const owe = (
    organization: number,
    event: number,
    at: number,
    { lane, variant, spilled }: NewDelivery,
    given: number[],
  ): number => {
    const number = context.last.delivery + 1;
    const sequence = sequences.next(lane);
    insertDelivery.run(number, organization, event, lane, variant, at, at, spilled ? 1 : 0, sequence);
    context.last.delivery = number;
    if (spilled) newest.spilled(lane, number, at);
    given.push(sequence);
    return number;
  };

  return (organization, event, alone) => {
    const kind = context.kind(event.dialect, event.type);
    const at = Math.floor(event.acceptedAt);
    if (event.idempotencyKey !== null) {
      if (event.key !== null && keyed.get(organization, event.key) !== undefined) return { status: "duplicate" };
      const seen = remember(organization, kind, event.idempotencyKey, at, alone);
      if (seen !== "new") return { status: seen };
    }
    const number = context.last.event + 1;
    if (!insert(number, organization, kind, event)) return { status: "duplicate" };
    context.last.event = number;
    const { deliveries } = event;
    const owed = !deliveries.some(({ onChange }) => onChange) || changes(organization, kind, event);
    const given: number[] = [];
    return {
      status: "accepted",
      number,
      deliveries: deliveries.map((each) => {
        if (owed || !each.onChange) return owe(organization, number, at, each, given);
        given.push(0);
        return 0;
      }),
      sequences: given,
      repeats: [],
    };
  };
}

export function createAccept(
  context: EngineContext,
  keys: IdempotencyKeys,
  minutes: Pick<Minutes, "write">,
  entries: Pick<Entries, "write" | "writeReadyMade">,
  sequences: Sequences,
  newest: Newest,
): Accept {
  const acceptEvent = createAcceptEvent(context, keys, sequences, newest);
  const repeat = createRepeat(context);
  const writeProgress = createWriteProgress(context);

  const stale = (acceptances: readonly Acceptance[]): readonly string[] =>
    acceptances
      .filter(({ organization, revision }) => context.findOrganization(organization)?.revision !== revision)
      .map(({ organization }) => organization);

  /** When all events are written, so that a minute is repeated as it was corrected in the same call. */
  const repeatEarlier = (acceptances: readonly Acceptance[], receipts: EventReceipt[]): void => {
    let index = 0;
    const sequenceOf = sequences.lookUp();
    for (const { organization, events } of acceptances) {
      for (const event of events) {
        const receipt = receipts[index]!;
        if (receipt.status === "accepted" && event.repeats.length > 0) {
          receipts[index] = {
            ...receipt,
            repeats: repeat(context.organization(organization).number, event, sequenceOf),
          };
        }
        index++;
      }
    }
  };

  return (acceptances, fold, readyMade = []) => {
    if (fold !== null) {
      context.checkEpoch(fold.epoch);
      for (const { organization } of [...fold.subjects, ...fold.minutes, ...fold.entries])
        context.organization(organization);
    }
    const organizations = stale(acceptances);
    if (organizations.length > 0) return { status: "stale", organizations };
    const receipts = acceptances.flatMap(({ organization, events }) => {
      const { number } = context.organization(organization);
      return events.map((event) => acceptEvent(number, event, events.length < together));
    });
    repeatEarlier(acceptances, receipts);
    entries.writeReadyMade(readyMade.filter(({ event }) => receipts[event]?.status === "accepted"));
    if (fold !== null) {
      writeProgress(fold);
      minutes.write(fold.minutes);
      entries.write(fold.entries);
    }
    return { status: "done", receipts };
  };
}

/** Whether the value differs from the last one of its kind and subject, and remembers it as the last one. A late event always
 * does, and nobody knows any more what a receiver takes for the last value. Asked only where a delivery is `onChange`. */
function createChanges(context: EngineContext) {
  const lastValue = context.prepare("select value from last_value where organization = ? and kind = ? and subject = ?");
  const putValue = context.prepare("insert or replace into last_value values (?, ?, ?, ?)");
  const dropValue = context.prepare("delete from last_value where organization = ? and kind = ? and subject = ?");
  return (organization: number, kind: number, { subject, value, isLate }: NewEvent): boolean => {
    if (value === null) return true;
    if (isLate) dropValue.run(organization, kind, subject);
    else if (lastValue.get(organization, kind, subject)?.["value"] === value) return false;
    else putValue.run(organization, kind, subject, value);
    return true;
  };
}

function createWriteProgress(context: EngineContext) {
  const putSubject = context.prepare("insert or replace into subject values (?, ?, ?)");
  const removeSubject = context.prepare("delete from subject where organization = ? and key = ?");
  return ({ position, rereadFrom, subjects }: FoldProgress): void => {
    context.setMeta("fold", position);
    context.setMeta("fold_reread", rereadFrom);
    for (const { organization, key, value } of subjects) {
      const { number } = context.organization(organization);
      if (value === null) removeSubject.run(number, key);
      else putSubject.run(number, key, value);
    }
  };
}
