// Reads what other nodes have accepted for the shards of owners: by number, which rises in the order of commits. Owners of this
// process that ask at once are one statement. What this node accepted without knowing it [orphans.ts] comes with it.

import type { Ledger } from "../../ledger.ts";
import type { Arrivals } from "../../ownership.ts";
import type { Epoch } from "../../shards.ts";
import { className } from "../../codes.ts";
import type { Context } from "../context.ts";
import { createGroup, type Ended } from "../group.ts";
import { shardsIn } from "../held-epochs.ts";
import type { Orphans } from "./orphans.ts";
import { ownershipLost } from "../owner-writes.ts";

const read =
  "select e.lost, a.epoch, a.lane, a.class, a.due, a.up_to from (select ended_epochs($1, $2) as lost) e" +
  " left join read_arrivals($1, $3) a on true";

interface Row {
  readonly lost: readonly unknown[];
  readonly epoch: number | null;
  readonly lane: number | null;
  readonly class: number | null;
  readonly due: number | null;
  readonly up_to: number | null;
}

interface Call {
  readonly epoch: Epoch;
  readonly after: number;
}

export function createReadArrivals(
  { database }: Context,
  orphans: Pick<Orphans, "take">,
): { readonly readArrivals: Ledger["readArrivals"]; idle(): Promise<void> } {
  const group = createGroup<Call, Arrivals>(async (calls) => {
    const rows = await database.session.rows<Row>(read, [
      calls.map(({ epoch }) => epoch.number),
      calls.map(({ epoch }) => shardsIn(epoch)),
      calls.map(({ after }) => after),
    ]);
    const lost = new Set(rows[0]!.lost.map(Number));
    const upTo = rows.find(({ up_to: upTo }) => upTo !== null)?.up_to ?? 0;
    return calls.map((call): Ended<Arrivals> => {
      if (lost.has(call.epoch.number)) return { error: ownershipLost(call.epoch) };
      const own = rows.filter(({ epoch }) => epoch === call.epoch.number);
      const lanes = own.map(({ lane, class: of, due }) => ({ lane: lane!, class: className(of!), nextDue: due! }));
      return {
        value: { lanes: [...lanes, ...orphans.take(call.epoch.shards)], upTo: Math.max(call.after, upTo) },
      };
    });
  }, 256);
  return { readArrivals: (epoch, after) => group.run({ epoch, after }), idle: group.idle };
}
