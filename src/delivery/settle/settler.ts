// Writes to the store, in groups: outcomes, the health of lanes, and which rows are spilled. While one group is
// written the next gathers, and under load each group has a moment to grow: every commit costs the disk the same, however
// much is in it. Nothing is dropped: a group that fails is written again, and until then its deliveries count as in flight.

import type { Ledger } from "../../store/ledger.ts";
import type { DueDelivery, Settlement } from "../../store/owed.ts";
import type { LaneHealth, StoredLaneHealth } from "../../store/ownership.ts";
import type { Epoch } from "../../store/shards.ts";
import { type BackgroundOptions, createBackgroundLoop, type NextStep } from "../background-loop.ts";
import type { Lane } from "../lane/lane.ts";
import type { DeliverySettings } from "../settings.ts";

/** An attempt whose outcome is not written yet. */
export interface FinishedAttempt {
  readonly lane: Lane;
  readonly delivery: DueDelivery;
  readonly settlement: Settlement;
}

export interface Settler {
  settle(finished: FinishedAttempt): void;
  /** These rows are left to reads from now on; the earliest is due then. */
  spill(lane: Lane, deliveries: readonly number[], due: number): void;
  /** null: the lane is well. */
  remember(lane: Lane, health: LaneHealth | null): void;
  /** Outcomes that are not written yet. */
  unwritten(): number;
  /** The store took no outcomes when it was last asked: what is started now could not be written either. */
  isFailing(): boolean;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
}

export interface SettlerDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "settle" | "spill" | "remember">;
  readonly epoch: () => Epoch;
  readonly settings: Pick<DeliverySettings, "settleEveryMs" | "settleAtOnce">;
  readonly onSettled: (finished: readonly FinishedAttempt[]) => void;
  readonly onSpilled: (lane: Lane, due: number) => void;
}

interface Spill {
  readonly lane: Lane;
  readonly deliveries: readonly number[];
  readonly due: number;
}

interface Group {
  finished: FinishedAttempt[];
  spills: Spill[];
  healths: Map<number, StoredLaneHealth>;
}

const newGroup = (): Group => ({ finished: [], spills: [], healths: new Map() });
const isEmpty = ({ finished, spills, healths }: Group): boolean =>
  finished.length === 0 && spills.length === 0 && healths.size === 0;

export function createSettler(deps: SettlerDeps): Settler {
  const { ledger, epoch, clock, settings } = deps;
  /** What gathers, and what is being written. */
  let [gathering, writing] = [newGroup(), newGroup()];
  let unwritten = 0;
  let lastAt = -Infinity;
  let hasGrown = false;
  let isFailing = false;
  const message = "Outcomes of attempts could not be written; trying again. Nothing is started meanwhile.";
  const loop = createBackgroundLoop(step, message, deps);

  async function step(): Promise<NextStep> {
    if (isEmpty(writing)) {
      if (isEmpty(gathering)) return null;
      // Groups begin some ms apart, unless one is large before that. Where little happens, none waits.
      const wait = lastAt + settings.settleEveryMs - clock.monotonic();
      if (wait > 0 && !hasGrown && gathering.finished.length < settings.settleAtOnce) {
        hasGrown = true;
        return wait;
      }
      hasGrown = false;
      [gathering, writing] = [writing, gathering];
    }
    lastAt = clock.monotonic();
    await write(writing);
    return 0;
  }

  /** What is written is taken out of the group, so that a second try goes on where the first one failed. */
  async function write(group: Group): Promise<void> {
    const { finished, healths, spills } = group;
    // Asked in one turn, so that as a rule one commit takes an outcome and the health of its lane. A kill between the two
    // costs the lane what it knew of its receiver, and no delivery.
    const settlements = finished.map(({ settlement }) => settlement);
    try {
      await Promise.all([
        settlements.length === 0 ? null : ledger.settle(epoch(), settlements),
        healths.size === 0 ? null : ledger.remember(epoch(), [...healths.values()]),
      ]);
      isFailing = false;
    } catch (error) {
      isFailing = settlements.length > 0;
      throw error;
    }
    group.finished = [];
    healths.clear();
    unwritten -= finished.length;
    if (finished.length > 0) deps.onSettled(finished);
    for (let spill = spills[0]; spill !== undefined; spill = spills[0]) {
      await ledger.spill(epoch(), spill.deliveries, spill.due);
      spills.shift();
      deps.onSpilled(spill.lane, spill.due);
    }
  }

  return {
    settle(finished) {
      unwritten++;
      if (gathering.finished.push(finished) >= settings.settleAtOnce) loop.hurry();
      loop.wake();
    },
    spill(lane, deliveries, due) {
      gathering.spills.push({ lane, deliveries, due });
      loop.wake();
    },
    remember(lane, health) {
      gathering.healths.set(lane.number, { lane: lane.number, organization: lane.organization.id, health });
      loop.wake();
    },
    unwritten: () => unwritten,
    isFailing: () => isFailing,
    idle: loop.idle,
  };
}
