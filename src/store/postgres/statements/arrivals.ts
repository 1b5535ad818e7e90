// Reads what other nodes have accepted for the shards of an owner: by number, which rises in the order of commits. What this node
// accepted without knowing it [orphans.ts] comes with it.

import type { Ledger } from "../../ledger.ts";
import type { Arrivals } from "../../ownership.ts";
import { className } from "../../codes.ts";
import { shardsOf, type Context } from "../context.ts";
import type { Orphans } from "./orphans.ts";
import { ownershipLost, shardsIn } from "../owner-writes.ts";

const read =
  "select (select count(*) from shard s where s.epoch = $1) as shards, a.lane, a.class, a.due, a.up_to" +
  " from (select 1) one left join read_arrivals($2::smallint[], $3) a on true";

interface Row {
  readonly shards: number;
  readonly lane: number | null;
  readonly class: number | null;
  readonly due: number | null;
  readonly up_to: number | null;
}

export function createReadArrivals({ database }: Context, orphans: Pick<Orphans, "take">): Ledger["readArrivals"] {
  return async (epoch, after): Promise<Arrivals> => {
    const rows = await database.session.rows<Row>(read, [epoch.number, shardsOf(epoch.shards), after]);
    if (rows[0]?.shards !== shardsIn(epoch)) throw ownershipLost(epoch);
    const arrived = rows.flatMap(({ lane, class: of, due }) =>
      lane === null ? [] : [{ lane, class: className(of!), nextDue: due! }],
    );
    return {
      lanes: [...arrived, ...orphans.take(epoch.shards)],
      upTo: rows.reduce((most, { up_to: upTo }) => Math.max(most, upTo ?? 0), after),
    };
  };
}
