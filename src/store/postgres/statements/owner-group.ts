// What owners write all the time: outcomes, the health of lanes, and which rows are spilled. Calls that wait at once, of however
// many owners in this process, are one transaction of a few statements.

import type { Ledger } from "../../ledger.ts";
import type { Settlement } from "../../owed.ts";
import type { StoredLaneHealth } from "../../ownership.ts";
import type { Epoch } from "../../shards.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";
import { createGroup } from "../group.ts";
import { ownershipLost } from "../owner-writes.ts";
import { putHealths } from "./lane-health.ts";
import type { Lines, Settled } from "./lines.ts";
import { writeSettlements } from "./settle-rows.ts";
import type { StartedDeliveries } from "./started.ts";

export type OwnerGroupOperations = Pick<Ledger, "settle" | "remember" | "spill">;

interface Call {
  readonly epoch: Epoch;
  readonly settlements?: readonly Settlement[];
  readonly healths?: readonly StoredLaneHealth[];
  readonly spill?: { readonly deliveries: readonly number[]; readonly due: number };
}

/** What goes together. An owner asks for its next group when the one before is written. */
const most = { calls: 64, rows: 8_192 };

const spill =
  "update delivery d set location = 1, due = g.due from unnest($1::bigint[], $2::bigint[]) g (number, due)" +
  " where d.number = g.number returning d.lane, d.number as delivery, d.due";

export function createOwnerGroup(
  { owners }: Context,
  started: StartedDeliveries,
  lines: Lines,
): OwnerGroupOperations & { idle(): Promise<void> } {
  async function write(transaction: Transaction, calls: readonly Call[]): Promise<void> {
    const settlements = calls.flatMap((call) => call.settlements ?? []);
    if (settlements.length > 0) {
      await writeSettlements(transaction, settlements);
      await started.clear(
        transaction,
        settlements.map(({ delivery }) => delivery),
      );
      await lines.settled(transaction, settlements.map(settledOf));
    }
    await putHealths(
      transaction,
      calls.flatMap((call) => call.healths ?? []),
    );
    const spills = calls.flatMap(
      ({ spill: one }) => one?.deliveries.map((delivery) => [delivery, one.due] as const) ?? [],
    );
    if (spills.length === 0) return;
    const dues = new Map(spills.map(([delivery, due]) => [delivery, Math.floor(due)]));
    lines.spilled(await transaction.rows(spill, [[...dues.keys()], [...dues.values()]]));
  }

  const group = createGroup<Call, void>(
    async (calls) => {
      const epochs = calls.map(({ epoch }) => epoch);
      return await owners.runTogether(epochs, async (transaction, lost) => {
        const isLost = ({ epoch }: Call): boolean => lost.has(epoch.number);
        await write(
          transaction,
          calls.filter((call) => !isLost(call)),
        );
        return calls.map((call) => (isLost(call) ? { error: ownershipLost(call.epoch) } : { value: undefined }));
      });
    },
    most.calls,
    { most: most.rows, of: ({ settlements, spill: one }) => (settlements ?? one?.deliveries ?? []).length },
  );

  return {
    settle: (epoch, settlements) => group.run({ epoch, settlements }),
    remember: (epoch, healths) => group.run({ epoch, healths }),
    spill: (epoch, deliveries, due) => group.run({ epoch, spill: { deliveries, due } }),
    idle: group.idle,
  };
}

const settledOf = ({ delivery, lane, next }: Settlement): Settled => ({
  delivery,
  lane,
  became: "due" in next ? "due" : "ended",
  inOrder: "due" in next && next.inOrder === true,
});
