// Reads what is due: lanes without lines in one statement, and those with lines through them [lines.ts].

import type { Ledger } from "../../ledger.ts";
import type { LaneRead, LaneRows } from "../../owed.ts";
import type { Epoch } from "../../shards.ts";
import type { Context } from "../context.ts";
import { mostAtOnce } from "./due-rows.ts";
import type { Lines } from "./lines.ts";
import { readLanes } from "./read-lanes.ts";

export type DueOperations = Pick<Ledger, "readDue" | "supersede">;

export function createDue({ database, owners }: Context, lines: Lines): DueOperations {
  async function readDue(epoch: Epoch, now: number, reads: readonly LaneRead[]): Promise<readonly LaneRows[]> {
    if (reads.length === 0) return await owners.run(epoch, async () => []);
    const budget = { left: mostAtOnce };
    const ofLines = new Set(reads.filter((each) => lines.concerns(each)));
    const others = reads.filter((each) => !ofLines.has(each));
    const plain = others.length === 0 ? [] : await readLanes(database.session, epoch, now, others, budget);
    if (ofLines.size === 0) return plain;
    const left = budget.left;
    const inLines = await owners.run(epoch, (transaction) => lines.read(transaction, now, [...ofLines], { left }));
    const [nextPlain, nextInLine] = [plain.values(), inLines.values()];
    return reads.map((each) => (ofLines.has(each) ? nextInLine : nextPlain).next().value!);
  }

  return {
    readDue,
    supersede: (epoch, lane, latest, now) =>
      owners.run(epoch, (transaction) => lines.supersede(transaction, lane, latest, now)),
  };
}
