// Statements that end a delivery without an attempt: it loses its row, and a closing row beside its attempts keeps its state and
// says why [codes.ts].

import { closingRow, outcomeNumber, stateNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

/** Ends a delivery without an attempt, at `at`, and says why. */
export function createEndOne(
  context: EngineContext,
  ending: "cancelled" | "superseded",
): (delivery: number, at: number, why: string) => void {
  const close = context.prepare(
    `insert or replace into attempt select number, ${closingRow}, organization, event, lane, variant, ?, ? - created_at, 0,` +
      ` ${outcomeNumber[ending]}, null, ?, null, 0, ${stateNumber[ending]}, sequence from delivery where number = ?`,
  );
  const end = context.prepare("delete from delivery where number = ?");
  return (delivery, at, why) => {
    close.run(at, at, why, delivery);
    end.run(delivery);
  };
}

export const createCancelOne = (context: EngineContext) => createEndOne(context, "cancelled");
