// Brings rows from the disk into the buffers of lanes, class by class: one call at a time for all that have run down.

import type { Cancel, Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import { type DeliveryClass, deliveryClasses } from "../../model/delivery.ts";
import { type LaneRead, type LaneRows, type Ledger, OwnershipLost } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import type { ResidentRows } from "./resident.ts";
import type { Lane } from "./lane.ts";
import type { DeliverySettings } from "../settings.ts";
import { beginRead, dropRead, endRead, wantsRead, wantsReadOf } from "./buffer.ts";

export interface Loader {
  /** Notes that the lane wants to be read. */
  want(lane: Lane): void;
  /** Starts a read, unless one is under way or nobody wants one. */
  go(): void;
  /** The delivery is booked: it may be forgotten as soon as no read that began before can still name it. */
  release(delivery: number): void;
  settled(): Promise<void>;
}

export interface LoaderDeps {
  readonly ledger: Pick<Ledger, "readDue">;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Pick<DeliverySettings, "readLanes" | "readRows" | "backoffMs">;
  readonly epoch: () => Epoch;
  readonly now: () => number;
  readonly resident: ResidentRows;
  /** How much of the lane may be in memory. */
  readonly size: (lane: Lane) => number;
  /** Whether the lane still wants what was read. */
  readonly wants: (lane: Lane) => boolean;
  /** Whether the memory has no room for the lane now. */
  readonly mustWait: (lane: Lane) => boolean;
  /** The lane was read, or could not be. */
  readonly onLoaded: (lane: Lane) => void;
  readonly onDone: () => void;
  readonly onFailed: (error: unknown) => void;
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
});

/** So many lanes for which there is no room are looked at in one go, and the next ones after so many ms: there may be a
 * hundred thousand of them. */
const mostWaiting = 256;
const lookAgainMs = 10;

export function createLoader(deps: LoaderDeps): Loader {
  const { ledger, settings, resident } = deps;
  let wanted: Lane[] = [];
  let released: number[] = [];
  let busy = false;
  let run: Promise<void> = Promise.resolve();
  let backoff = 0;
  let again: Cancel | null = null;

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
      for (const each of deliveryClasses) {
        if (!wantsReadOf(lane.buffer, each, size, now)) continue;
        const limit = beginRead(lane.buffer, each, size, now);
        rows += limit;
        reads.push({ lane, class: each, limit });
      }
    }
    wanted = wanted.slice(seen).concat(later);
    if (later.length === mostWaiting) again ??= deps.clock.after(lookAgainMs, lookAgain);
    return reads;
  }

  function lookAgain(): void {
    again = null;
    go();
  }

  function go(): void {
    if (busy || wanted.length === 0) return;
    const now = deps.now();
    const reads = choose(now);
    if (reads.length === 0) return;
    busy = true;
    run = read(now, reads).catch(deps.onFailed);
  }

  async function read(now: number, reads: readonly ReadBegun[]): Promise<void> {
    let answers: readonly LaneRows[] | null = null;
    try {
      answers = await ledger.readDue(deps.epoch(), now, reads.map(asked));
    } catch (error) {
      if (error instanceof OwnershipLost) throw error;
      deps.log.error("store.failed", { err: error }, "Deliveries could not be read; trying again.");
    }
    for (const [index, { lane, class: deliveryClass }] of reads.entries()) {
      const answer = answers?.[index];
      if (answer === undefined || !deps.wants(lane)) dropRead(lane.buffer, deliveryClass);
      else endRead(lane.buffer, deliveryClass, answer, resident);
    }
    if (answers === null) {
      backoff = Math.min(Math.max(backoff * 2, settings.backoffMs.first), settings.backoffMs.most);
      await new Promise<void>((resolve) => void deps.clock.after(backoff, resolve));
    } else backoff = 0;
    // Also what was released in the pause: the next read would pass over it as if it were here.
    for (const delivery of released) resident.delete(delivery);
    released = [];
    busy = false;
    for (const lane of new Set(reads.map((each) => each.lane))) deps.onLoaded(lane);
    deps.onDone();
  }

  return {
    want(lane) {
      if (lane.wantsLoad) return;
      lane.wantsLoad = true;
      wanted.push(lane);
    },
    go,
    release(delivery) {
      if (busy) released.push(delivery);
      else resident.delete(delivery);
    },
    settled: () => run,
  };
}
