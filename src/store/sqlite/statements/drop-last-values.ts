// Forgets last values when a subscription begins to take other events than before: it is owed the next value of each
// subject, whatever it was when somebody last took it. Between two subscriptions nobody keeps the values up to date.

import type { Subscription } from "../../../model/subscription.ts";
import type { EngineContext } from "./engine-context.ts";

/** Records are subscriptions as they are stored; null: there is none. */
export type DropLastValues = (organization: number, before: string | null, after: string | null) => void;

export function createDropLastValues(context: EngineContext): DropLastValues {
  const forget = context.prepare(
    "delete from last_value where organization = ? and kind in (select number from kind where dialect = ? and name = ?)",
  );
  return (organization, before, after) => {
    const [old, now] = [before, after].map((record) => (record === null ? null : (JSON.parse(record) as Subscription)));
    if (takes(old) === takes(now)) return;
    for (const subscription of [old, now]) {
      for (const { type } of subscription?.bindings ?? []) forget.run(organization, subscription!.dialect, type);
    }
  };
}

/** What decides which events it takes, as text. */
function takes(subscription: Subscription | null | undefined): string {
  if (subscription === null || subscription === undefined) return "";
  const { scope, bindings, filters, sendOnValueChange } = subscription;
  return JSON.stringify([scope, bindings, filters, sendOnValueChange]);
}
