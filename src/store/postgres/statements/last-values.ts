// The last value of each kind and subject, for deliveries that are owed only when it changes. Read for all events of a transaction
// at once, compared in memory one after the other, and what is left at the end is written.

import { integers, texts } from "../arrays.ts";
import { withoutNul } from "../../storable-text.ts";
import type { Session } from "../database.ts";
import type { GivenEvent } from "./accept-events.ts";

export interface LastValues {
  /** Whether the value differs from the last one of its kind and subject, which it is from now on. A late event always does, and
   * nobody knows any more what a receiver takes for the last value. Asked only where a delivery is `onChange`. */
  changes(event: GivenEvent): boolean;
  write(session: Session): Promise<void>;
}

interface Row {
  readonly organization: number;
  readonly kind: number;
  readonly subject: string;
  /** null: it is not known. */
  readonly value: string | null;
}

const given = "unnest($1::bigint[], $2::bigint[], $3::text[]) w (organization, kind, subject)";
const matches = "v.organization = w.organization::integer and v.kind = w.kind::integer and v.subject = w.subject";

export const findLastValues =
  `select w.organization, w.kind, w.subject, v.value from ${given}` +
  ` cross join lateral (select value from last_value v where ${matches} limit 1) v`;
const put =
  "insert into last_value (organization, kind, subject, value)" +
  " select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])" +
  " on conflict (organization, kind, subject) do update set value = excluded.value";
const drop = `delete from last_value v using ${given} where ${matches}`;

export function createLastValues() {
  return async (session: Session, events: readonly GivenEvent[]): Promise<LastValues> => {
    const known = new Map<string, string | null>();
    const changed = new Map<string, Row>();
    const asked = events.filter(
      ({ event: { value, deliveries } }) => value !== null && deliveries.some(({ onChange }) => onChange),
    );
    if (asked.length > 0) {
      const rows = asked.map(({ organization, kind, event }) => ({ organization, kind, subject: event.subject }));
      for (const row of await session.rows<Row>(findLastValues, keyColumns(rows))) known.set(nameOf(row), row.value);
    }
    return {
      changes({ organization, kind, event: { subject, value, isLate } }) {
        if (value === null) return true;
        const row = { organization, kind, subject, value: isLate ? null : value };
        const name = nameOf(row);
        if (!isLate && known.get(name) === value) return false;
        known.set(name, row.value);
        changed.set(name, row);
        return true;
      },
      async write(session) {
        const rows = [...changed.values()];
        const [gone, kept] = [rows.filter(({ value }) => value === null), rows.filter(({ value }) => value !== null)];
        if (gone.length > 0) await session.run(drop, keyColumns(gone));
        if (kept.length > 0) await session.run(put, [...keyColumns(kept), texts(kept.map(({ value }) => value))]);
      },
    };
  };
}

const nameOf = ({ organization, kind, subject }: Omit<Row, "value">): string =>
  `${organization} ${kind} ${withoutNul(subject)}`;

const keyColumns = (rows: readonly Omit<Row, "value">[]): readonly Buffer[] => [
  integers(rows.map(({ organization }) => organization)),
  integers(rows.map(({ kind }) => kind)),
  texts(rows.map(({ subject }) => subject)),
];
