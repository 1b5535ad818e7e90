// Statements of acceptance: events, what they owe, and how far the fold got. Everything that can refuse a call is asked
// before its first write, so that a refused call leaves nothing behind in the transaction it shares with others.

import type {
  Acceptance,
  AcceptResult,
  EventReceipt,
  FoldProgress,
  Ledger,
  NewDelivery,
  NewEvent,
} from "../../ledger.ts";
import { classNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import { type IdempotencyKeys, together } from "./idempotency-keys.ts";

export type Accept = (...given: Parameters<Ledger["accept"]>) => AcceptResult;

export function createAccept(context: EngineContext, { remember }: IdempotencyKeys): Accept {
  const insertEvent = context.prepare(
    "insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (organization, key) where key is not null do nothing",
  );
  const insertDelivery = context.prepare(
    `insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, ?, 0, ${classNumber.live})`,
  );
  const keyed = context.prepare("select 1 from event where organization = ? and key = ?");
  const lastValue = context.prepare("select value from last_value where organization = ? and kind = ? and subject = ?");
  const putValue = context.prepare("insert or replace into last_value values (?, ?, ?, ?)");
  const putSubject = context.prepare("insert or replace into subject values (?, ?, ?)");
  const dropSubject = context.prepare("delete from subject where organization = ? and key = ?");

  const stale = (acceptances: readonly Acceptance[]): readonly string[] =>
    acceptances
      .filter(({ organization, revision }) => context.findOrganization(organization)?.revision !== revision)
      .map(({ organization }) => organization);

  /** Whether the value differs from the last one, which it becomes. Asked only where a delivery wants to know. */
  const changed = (organization: number, kind: number, { subject, value }: NewEvent): boolean => {
    if (value === null) return true;
    if (lastValue.get(organization, kind, subject)?.["value"] === value) return false;
    putValue.run(organization, kind, subject, value);
    return true;
  };

  const owe = (organization: number, event: number, at: number, { lane, variant, spilled }: NewDelivery): number => {
    const number = context.last.delivery + 1;
    insertDelivery.run(number, organization, event, lane, variant, at, at, spilled ? 1 : 0);
    context.last.delivery = number;
    return number;
  };

  const acceptOne = (organization: number, event: NewEvent, alone: boolean): EventReceipt => {
    const kind = context.kind(event.dialect, event.type);
    const at = Math.floor(event.acceptedAt);
    if (event.idempotencyKey !== null) {
      if (event.key !== null && keyed.get(organization, event.key) !== undefined) return { status: "duplicate" };
      const seen = remember(organization, kind, event.idempotencyKey, at, alone);
      if (seen !== "new") return { status: seen };
    }
    const { id, subject, revision, previous, scopes, key, body, deliveries } = event;
    const number = context.last.event + 1;
    const written = insertEvent.run(
      number,
      organization,
      kind,
      id,
      subject,
      Math.floor(event.at),
      at,
      revision,
      previous,
      scopes,
      key,
      body,
    );
    if (written.changes === 0) return { status: "duplicate" };
    context.last.event = number;
    const owed = !deliveries.some(({ onChange }) => onChange) || changed(organization, kind, event);
    return {
      status: "accepted",
      number,
      deliveries: deliveries.map((each) => (owed || !each.onChange ? owe(organization, number, at, each) : 0)),
    };
  };

  const writeFold = ({ position, subjects }: FoldProgress): void => {
    context.setMeta("fold", position);
    for (const { organization, key, value } of subjects) {
      const { number } = context.organization(organization);
      if (value === null) dropSubject.run(number, key);
      else putSubject.run(number, key, value);
    }
  };

  return (acceptances, fold) => {
    if (fold !== null) {
      context.checkEpoch(fold.epoch);
      for (const { organization } of fold.subjects) context.organization(organization);
    }
    const organizations = stale(acceptances);
    if (organizations.length > 0) return { status: "stale", organizations };
    const receipts = acceptances.flatMap(({ organization, events }) => {
      const { number } = context.organization(organization);
      return events.map((event) => acceptOne(number, event, events.length < together));
    });
    if (fold !== null) writeFold(fold);
    return { status: "done", receipts };
  };
}
