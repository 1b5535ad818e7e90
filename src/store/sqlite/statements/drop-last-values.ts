// Removes last values when a subscription begins to take other events than before [subscription-rules.ts].

import { forgottenTypes } from "../../subscription-rules.ts";
import type { EngineContext } from "./engine-context.ts";

/** `before` and `after`: the subscription as it is stored; null: there is none. */
export type DropLastValues = (organization: number, before: string | null, after: string | null) => void;

export function createDropLastValues(context: EngineContext): DropLastValues {
  const remove = context.prepare(
    "delete from last_value where organization = ? and kind in (select number from kind where dialect = ? and name = ?)",
  );
  return (organization, before, after) => {
    for (const { dialect, type } of forgottenTypes(before, after)) remove.run(organization, dialect, type);
  };
}
