// Ends deliveries without an attempt: they lose their rows, and a closing row beside their attempts keeps their state and says why
// [codes.ts]. Whoever ends some must tell their lines [lines.ts].

import { closingRow, outcomeNumber, stateNumber } from "../../codes.ts";
import type { Transaction } from "../database.ts";

const end =
  "with ended as (delete from delivery where number = any($1)" +
  " returning number, organization, event, lane, variant, created_at, sequence)," +
  " closed as (insert into attempt (delivery, n, organization, event, lane, variant, started_at, waited, duration, code, detail," +
  ` response_bytes, state, sequence) select number, ${closingRow}, organization, event, lane, variant, $2, $2 - created_at, 0,` +
  " $3, $4, 0, $5, sequence from ended on conflict (delivery, n, event) do update set started_at = excluded.started_at," +
  " waited = excluded.waited, code = excluded.code, detail = excluded.detail, state = excluded.state)" +
  " select number from ended";

/** Ends those that are still owed, at `at`, and returns them. */
export async function endDeliveries(
  transaction: Transaction,
  deliveries: readonly number[],
  ending: "cancelled" | "superseded" | "expired",
  at: number,
  why: string,
): Promise<readonly number[]> {
  if (deliveries.length === 0) return [];
  const values = [deliveries, Math.floor(at), outcomeNumber[ending], why, stateNumber[ending]];
  return (await transaction.rows<{ number: number }>(end, values)).map(({ number }) => number);
}
