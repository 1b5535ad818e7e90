// Deliveries that only the memory of their owner was to have, of a transaction of which nobody could tell whether it was written:
// the caller was refused, so nobody remembers them. Once the database tells, those that stand there are spilled, and their owner
// hears of them as of what other nodes accepted. Before that a new owner finds them as well.

import type { Clock } from "../../../clock.ts";
import type { OpenLane } from "../../ownership.ts";
import type { Shards } from "../../shards.ts";
import type { Database } from "../database.ts";
import { failureKind } from "../failure.ts";

export interface Orphan {
  /** What PostgreSQL calls the transaction. */
  readonly transaction: string;
  /** First and last number of its deliveries that are in memory. */
  readonly from: number;
  readonly to: number;
}

export interface Orphans {
  add(orphan: Orphan): void;
  /** Lanes of these shards in which some were spilled since the last call. */
  take(shards: Shards): readonly OpenLane[];
  /** Stops looking, and resolves when it has. */
  stop(): Promise<void>;
}

const everyMs = 1_000;

const fate = "select pg_xact_status($1::xid8) as fate";
export const spillOrphans =
  "with spilled as (update delivery set location = 1, due = $3 where number between $1 and $2 and location = 0" +
  " returning lane, shard) select distinct lane, shard from spilled";

interface Spilled extends OpenLane {
  readonly shard: number;
}

export function createOrphans({ session }: Database, clock: Clock): Orphans {
  let waiting: readonly Orphan[] = [];
  let spilled: readonly Spilled[] = [];
  let looking: Promise<void> | null = null;
  let cancel: (() => void) | null = null;
  let isStopping = false;

  /** False: the database does not tell yet. */
  async function settle({ transaction, from, to }: Orphan): Promise<boolean> {
    try {
      const found = await session.row<{ fate: string | null }>(fate, [transaction]);
      if (found?.fate === "in progress") return false;
      if (found?.fate !== "aborted") await spill(from, to);
      return true;
    } catch (error) {
      // A database that has never heard of the transaction took the place of the one that had.
      return failureKind(error) === "fault";
    }
  }

  async function spill(from: number, to: number): Promise<void> {
    const nextDue = Math.floor(clock.now());
    const lanes = await session.rows<{ lane: number; shard: number }>(spillOrphans, [from, to, nextDue]);
    spilled = [...spilled, ...lanes.map((each) => ({ ...each, class: "live" as const, nextDue }))];
  }

  async function look(): Promise<void> {
    for (const orphan of waiting) {
      if (isStopping) return;
      if (await settle(orphan)) waiting = waiting.filter((each) => each !== orphan);
    }
  }

  function arm(): void {
    if (cancel !== null || looking !== null || isStopping || waiting.length === 0) return;
    cancel = clock.after(everyMs * (0.5 + Math.random()), () => {
      cancel = null;
      looking = look().finally(() => {
        looking = null;
        arm();
      });
    });
  }

  return {
    add(orphan) {
      waiting = [...waiting, orphan];
      arm();
    },
    take(shards) {
      const isTheirs = ({ shard }: Spilled) => shards === "all" || shards.includes(shard);
      const taken = spilled.filter(isTheirs);
      spilled = spilled.filter((each) => !isTheirs(each));
      return taken.map(({ lane, class: of, nextDue }) => ({ lane, class: of, nextDue }));
    },
    async stop() {
      isStopping = true;
      cancel?.();
      await looking;
    },
  };
}
