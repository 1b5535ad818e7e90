// Lanes that want the latest states only are superseded while they wait for their receiver or their owner, slice by slice: so a
// backlog stays as small as what it tells of, and little is left to do when they open. A lane that may start is superseded by
// its reads.

import type { NumberRanges } from "../../model/number-ranges.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";
import { type Lane, latestOf } from "./lane.ts";

export interface Superseding {
  /** Something more is owed to the lane. */
  note(lane: Lane): void;
  /** Resolves when it works on nothing. */
  idle(): Promise<void>;
}

export interface SupersedingDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "supersede">;
  readonly epoch: () => Epoch;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  /** Whether to leave the lane alone: reads supersede it, or it awaits attempts. */
  readonly leaves: (lane: Lane) => boolean;
  /** Gives the rows in memory back, but for those under way. */
  readonly giveBack: (lane: Lane) => void;
  readonly onSuperseded: (lane: Lane, count: number, skipped: NumberRanges) => void;
}

/** Between two slices while there is little to do, ms: rows gather meanwhile. */
const gatherMs = 50;

export function createSuperseding(deps: SupersedingDeps): Superseding {
  const noted = new Set<Lane>();

  async function step(): Promise<number | null> {
    const [lane] = noted;
    if (lane === undefined) return null;
    const latest = latestOf(lane);
    if (latest === null || lane.removed || deps.leaves(lane)) {
      noted.delete(lane);
      return 0;
    }
    deps.giveBack(lane);
    const { superseded, skipped, more } = await deps.ledger.supersede(deps.epoch(), lane.number, latest, deps.now());
    if (superseded > 0) deps.onSuperseded(lane, superseded, skipped);
    if (more) return 0;
    noted.delete(lane);
    return gatherMs;
  }

  const loop = createBackgroundLoop(step, "Older states could not be superseded; trying again.", deps);
  return {
    note(lane) {
      if (lane.latest === null || deps.leaves(lane)) return;
      noted.add(lane);
      loop.wake();
    },
    idle: loop.idle,
  };
}
