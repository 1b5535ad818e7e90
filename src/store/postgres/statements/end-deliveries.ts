// Ends deliveries without an attempt: each loses its row, and a closing row beside its attempts keeps its state and says why
// [codes.ts]. Whoever waits behind one in a line goes on by `Lines.ended`, a statement after this one.

import { closingRow, outcomeNumber, stateNumber } from "../../codes.ts";
import type { Transaction } from "../database.ts";

export interface EndedDelivery {
  readonly number: number;
  readonly lane: number;
  readonly sequence: number | null;
}

/** At `at`, epoch ms. Returns those that were owed until now, in the order of their numbers. */
export async function endDeliveries(
  transaction: Transaction,
  ending: "cancelled" | "superseded" | "expired",
  deliveries: readonly number[],
  at: number,
  why: string,
): Promise<readonly EndedDelivery[]> {
  if (deliveries.length === 0) return [];
  return await transaction.rows<EndedDelivery>(
    "with gone as (delete from delivery where number = any($1) returning *)," +
      " closed as (insert into attempt (delivery, n, organization, event, lane, variant, started_at, waited, duration, code, detail," +
      ` response_bytes, state, sequence) select number, ${closingRow}, organization, event, lane, variant, $2::bigint,` +
      " $2::bigint - created_at, 0, $3, $4, 0, $5, sequence from gone" +
      " on conflict (delivery, n, event) do update set started_at = excluded.started_at, waited = excluded.waited," +
      " code = excluded.code, detail = excluded.detail, state = excluded.state)" +
      " select number, lane, sequence from gone order by number",
    [deliveries, Math.floor(at), outcomeNumber[ending], why, stateNumber[ending]],
  );
}
