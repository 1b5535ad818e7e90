// Removes last values when a subscription begins to take other events than before. It is then owed the next value of each
// subject, since the stored ones may be old: they are kept up to date only while a subscription takes them.

import type { Subscription } from "../../../model/subscription.ts";
import type { EngineContext } from "./engine-context.ts";

/** `before` and `after`: the subscription as it is stored; null: there is none. */
export type DropLastValues = (organization: number, before: string | null, after: string | null) => void;

export function createDropLastValues(context: EngineContext): DropLastValues {
  const remove = context.prepare(
    "delete from last_value where organization = ? and kind in (select number from kind where dialect = ? and name = ?)",
  );
  return (organization, before, after) => {
    const records = [before, after].filter((record) => record !== null);
    const versions = records.map(parsed);
    if (versions.length === 2 && new Set(versions.map(interest)).size === 1) return;
    for (const { dialect, bindings } of versions) {
      for (const { type } of bindings) remove.run(organization, dialect, type);
    }
  };
}

/** A record that was damaged names no types: its subscription was disabled, and can only be removed. */
function parsed(
  record: string,
): Pick<Subscription, "dialect" | "scope" | "bindings" | "filters" | "sendOnValueChange"> {
  try {
    return JSON.parse(record) as Subscription;
  } catch {
    return { dialect: "butlr", scope: { kind: "organization" }, bindings: [], filters: null, sendOnValueChange: false };
  }
}

/** Everything that decides which events a subscription takes, as text. */
function interest({ scope, bindings, filters, sendOnValueChange }: ReturnType<typeof parsed>): string {
  return JSON.stringify([scope, bindings, filters, sendOnValueChange]);
}
