// Which subscribers of changes are owed an event: those who have not had this value of its subject as their last one. A
// subscription that is new, or takes other events than before, is owed the next value of everything.

import type { Subscription } from "../../../src/model/subscription.ts";
import type { NewEvent } from "../../../src/store/acceptance.ts";

export interface Values {
  /** Whether the event is a change to those who asked for changes only. */
  changes(organization: string, event: NewEvent): boolean;
  /** A subscription was put in the place of another; null: there was none, or there is none now. */
  changed(before: Subscription | null, after: Subscription | null): void;
}

export function createValues(): Values {
  /** By organization, dialect and type: the last value of every subject. */
  const last = new Map<string, Map<string, string>>();

  return {
    changes(organization, { dialect, type, subject, value, isLate, deliveries }) {
      if (value === null || !deliveries.some(({ onChange }) => onChange)) return true;
      const kind = `${organization} ${dialect} ${type}`;
      let subjects = last.get(kind);
      if (subjects === undefined) last.set(kind, (subjects = new Map()));
      if (isLate) return subjects.delete(subject) || true;
      if (subjects.get(subject) === value) return false;
      subjects.set(subject, value);
      return true;
    },
    changed(before, after) {
      if (takenBy(before) === takenBy(after)) return;
      for (const subscription of [before, after]) {
        if (subscription === null) continue;
        const { organization, dialect, bindings } = subscription;
        for (const { type } of bindings) last.delete(`${organization} ${dialect} ${type}`);
      }
    },
  };
}

function takenBy(subscription: Subscription | null): string {
  if (subscription === null) return "nothing";
  const { scope, bindings, filters, sendOnValueChange } = subscription;
  return JSON.stringify({ scope, bindings, filters, sendOnValueChange });
}
