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
import type { Desk } from "./engine-context.ts";
import { type Inputs, together } from "./idempotency-keys.ts";

export type Accept = (...given: Parameters<Ledger["accept"]>) => AcceptResult;

export function createAccept(desk: Desk, { remember }: Inputs): Accept {
  const insertEvent = desk.prepare(
    "insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (organization, key) where key is not null do nothing",
  );
  const insertDelivery = desk.prepare("insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, ?, 0)");
  const keyed = desk.prepare("select 1 from event where organization = ? and key = ?");
  const lastValue = desk.prepare("select value from last_value where organization = ? and kind = ? and subject = ?");
  const putValue = desk.prepare("insert or replace into last_value values (?, ?, ?, ?)");
  const putSubject = desk.prepare("insert or replace into subject values (?, ?, ?)");
  const dropSubject = desk.prepare("delete from subject where organization = ? and key = ?");

  const stale = (acceptances: readonly Acceptance[]): readonly string[] =>
    acceptances
      .filter(({ organization, revision }) => desk.findOrganization(organization)?.revision !== revision)
      .map(({ organization }) => organization);

  /** Whether the value differs from the last one, which it becomes. Asked only where a delivery wants to know. */
  const changed = (organization: number, kind: number, { subject, value }: NewEvent): boolean => {
    if (value === null) return true;
    if (lastValue.get(organization, kind, subject)?.["value"] === value) return false;
    putValue.run(organization, kind, subject, value);
    return true;
  };

  const owe = (organization: number, event: number, at: number, { lane, variant, parked }: NewDelivery): number => {
    const number = desk.last.delivery + 1;
    insertDelivery.run(number, organization, event, lane, variant, at, at, parked ? 1 : 0);
    desk.last.delivery = number;
    return number;
  };

  const acceptOne = (organization: number, event: NewEvent, alone: boolean): EventReceipt => {
    const kind = desk.kind(event.dialect, event.type);
    const at = Math.floor(event.acceptedAt);
    if (event.input !== null) {
      if (event.key !== null && keyed.get(organization, event.key) !== undefined) return { status: "duplicate" };
      const seen = remember(organization, kind, event.input, at, alone);
      if (seen !== "new") return { status: seen };
    }
    const { id, subject, revision, previous, scopes, key, body, deliveries } = event;
    const number = desk.last.event + 1;
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
    desk.last.event = number;
    const owed = !deliveries.some(({ onChange }) => onChange) || changed(organization, kind, event);
    return {
      status: "accepted",
      number,
      deliveries: deliveries.map((each) => (owed || !each.onChange ? owe(organization, number, at, each) : 0)),
    };
  };

  const writeFold = ({ position, subjects }: FoldProgress): void => {
    desk.setMeta("fold", position);
    for (const { organization, key, value } of subjects) {
      const { number } = desk.organization(organization);
      if (value === null) dropSubject.run(number, key);
      else putSubject.run(number, key, value);
    }
  };

  return (acceptances, fold) => {
    if (fold !== null) {
      desk.checkEpoch(fold.epoch);
      for (const { organization } of fold.subjects) desk.organization(organization);
    }
    const organizations = stale(acceptances);
    if (organizations.length > 0) return { status: "stale", organizations };
    const receipts = acceptances.flatMap(({ organization, events }) => {
      const { number } = desk.organization(organization);
      return events.map((event) => acceptOne(number, event, events.length < together));
    });
    if (fold !== null) writeFold(fold);
    return { status: "done", receipts };
  };
}
