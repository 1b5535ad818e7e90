// Brings rows from the disk into the buffers of lanes, class by class: one call at a time for all that have run down.

import type { Cancel } from "../../clock.ts";
import { type DeliveryClass, deliveryClasses } from "../../model/delivery.ts";
import type { NumberRanges } from "../../model/number-ranges.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { LaneRead, LaneRows } from "../../store/owed.ts";
import type { Epoch } from "../../store/shards.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";
import type { ResidentRows } from "./resident.ts";
import { type Lane, latestOf } from "./lane.ts";
import type { DeliverySettings } from "../settings.ts";
import { beginRead, dropRead, endRead, wantsRead, wantsReadOf } from "./buffer.ts";

export interface Loader {
  /** Notes that the lane wants to be read. */
  want(lane: Lane): void;
  /** Starts a read, unless one is under way or nobody wants one. */
  go(): void;
  /** The delivery is settled: it may be forgotten as soon as no read that began before can still return it. */
  release(delivery: number): void;
  /** The last read failed. */
  isFailing(): boolean;
  /** Resolves when no read is under way. */
  idle(): Promise<void>;
}

export interface LoaderDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "readDue">;
  readonly settings: Pick<DeliverySettings, "readLanes" | "readRows">;
  readonly epoch: () => Epoch;
  readonly now: () => number;
  readonly resident: ResidentRows;
  /** How much of the lane may be in memory. */
  readonly size: (lane: Lane) => number;
  /** Whether the lane still wants what was read. */
  readonly wants: (lane: Lane) => boolean;
  /** Whether the memory has no room for the lane now. */
  readonly mustWait: (lane: Lane) => boolean;
  readonly onLoaded: (lanes: Iterable<Lane>) => void;
  /** Gives the rows in memory back, but for those under way. */
  readonly giveBack: (lane: Lane) => void;
  readonly onSuperseded: (lane: Lane, count: number, skipped: NumberRanges) => void;
}

interface ReadBegun {
  readonly lane: Lane;
  readonly class: DeliveryClass;
  readonly limit: number;
}

const asked = ({ lane, class: deliveryClass, limit }: ReadBegun): LaneRead => ({
  lane: lane.number,
  class: deliveryClass,
  limit,
  inOrder: lane.inOrder,
  latest: latestOf(lane),
});

/** So many lanes for which there is no room are looked at in one go, and again after so many ms: there may be a hundred
 * thousand of them, and most of what happens makes no room. */
const mostWaiting = 256;
const lookAgainMs = 10;

export function createLoader(deps: LoaderDeps): Loader {
  const { ledger, settings, resident } = deps;
  let wanted: Lane[] = [];
  let released: number[] = [];
  let reading = false;
  /** A lane wants to be read that nobody has looked at, or rows have left the memory since. */
  let isNews = false;
  let again: Cancel | null = null;
  const loop = createBackgroundLoop(step, "Deliveries could not be read; trying again.", deps);

  function choose(now: number): readonly ReadBegun[] {
    const reads: ReadBegun[] = [];
    const later: Lane[] = [];
    let rows = 0;
    let seen = 0;
    for (const lane of wanted) {
      if (reads.length === settings.readLanes || rows >= settings.readRows || later.length === mostWaiting) break;
      seen++;
      const size = deps.size(lane);
      lane.wantsLoad = false;
      if (!deps.wants(lane) || !wantsRead(lane.buffer, size, now)) continue;
      if (deps.mustWait(lane)) {
        lane.wantsLoad = true;
        later.push(lane);
        continue;
      }
      // What waits in memory may be superseded by what this read finds.
      if (lane.latest !== null) deps.giveBack(lane);
      for (const each of deliveryClasses) {
        if (!wantsReadOf(lane.buffer, each, size, now)) continue;
        const limit = beginRead(lane.buffer, each, size, now);
        rows += limit;
        reads.push({ lane, class: each, limit });
      }
    }
    wanted = wanted.slice(seen).concat(later);
    isNews = wanted.length > later.length;
    if (later.length > 0) again ??= deps.clock.after(lookAgainMs, lookAgain);
    return reads;
  }

  function lookAgain(): void {
    again = null;
    isNews = true;
    go();
  }

  function go(): void {
    if (isNews && wanted.length > 0) loop.wake();
  }

  function want(lane: Lane): void {
    if (lane.wantsLoad) return;
    lane.wantsLoad = true;
    isNews = true;
    wanted.push(lane);
  }

  async function step(): Promise<0 | null> {
    const now = deps.now();
    const reads = choose(now);
    if (reads.length === 0) return null;
    reading = true;
    try {
      takeIn(reads, await ledger.readDue(deps.epoch(), now, reads.map(asked)));
    } catch (error) {
      for (const { lane, class: deliveryClass } of reads) {
        dropRead(lane.buffer, deliveryClass);
        want(lane);
      }
      throw error;
    } finally {
      reading = false;
      for (const delivery of released) resident.delete(delivery);
      released = [];
    }
    deps.onLoaded(new Set(reads.map(({ lane }) => lane)));
    return 0;
  }

  function takeIn(reads: readonly ReadBegun[], answers: readonly LaneRows[]): void {
    for (const [index, { lane, class: deliveryClass }] of reads.entries()) {
      const answer = answers[index];
      if (answer !== undefined && answer.superseded > 0) deps.onSuperseded(lane, answer.superseded, answer.skipped);
      if (answer === undefined || !deps.wants(lane)) dropRead(lane.buffer, deliveryClass);
      else endRead(lane.buffer, deliveryClass, answer, resident);
    }
  }

  return {
    want,
    go,
    release(delivery) {
      isNews = true;
      if (reading) released.push(delivery);
      else resident.delete(delivery);
    },
    isFailing: loop.isFailing,
    idle: loop.idle,
  };
}
