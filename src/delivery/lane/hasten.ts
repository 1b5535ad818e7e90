// What waits for a later try is due now, because an owner wants it so: all of a lane, slice by slice, so that a lane with a
// million rows holds up no other, or one delivery. Loads no row and starts nothing: reads find the rows as they find others
// that are due. What is under way is due already, and stays as it is.

import { BelfryError } from "../../errors.ts";
import { type DeliveryClass, deliveryClasses } from "../../model/delivery.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import type { Buffers } from "./buffers.ts";
import type { Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

/** `under_way`: it is on its way to the receiver, or its outcome is being written. */
export type Hastened = "due_now" | "under_way";

export interface Hastening {
  /** Returns how many deliveries waited for a later try. Throws UNAVAILABLE where a stop comes first. */
  lane(number: number): Promise<number>;
  /** `due_now` also where it was due already, or has ended. */
  one(lane: number, delivery: number): Promise<Hastened>;
}

export interface HasteningDeps {
  readonly ledger: Pick<Ledger, "hasten" | "hastenOne">;
  readonly epoch: () => Epoch;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  readonly lanes: Pick<Lanes, "lane" | "peek">;
  readonly buffers: Pick<Buffers, "onDisk" | "isUnderWay">;
  readonly touch: (lane: Lane) => void;
  /** Rows per slice. */
  readonly slice: number;
  /** false: Belfry stops. */
  readonly running: () => boolean;
}

export function createHastening(deps: HasteningDeps): Hastening {
  const { ledger, epoch, now, lanes, buffers, touch, slice } = deps;

  function wake(number: number, deliveryClass: DeliveryClass, at: number): void {
    // It may have been removed meanwhile.
    if (lanes.peek(number).subscription === null) return;
    const lane = lanes.lane(number);
    buffers.onDisk(lane, deliveryClass, at);
    touch(lane);
  }

  async function ofClass(lane: number, deliveryClass: DeliveryClass, at: number): Promise<number> {
    let total = 0;
    for (let count = slice; count >= slice; total += count) {
      count = await ask(() => ledger.hasten(epoch(), lane, deliveryClass, at, slice));
      if (count > 0) wake(lane, deliveryClass, at);
    }
    return total;
  }

  /** A stop in the midst of it ends the ownership: that is no fault. */
  async function ask<Answer>(verb: () => Promise<Answer>): Promise<Answer> {
    mustRun();
    try {
      return await verb();
    } catch (error) {
      mustRun();
      throw error;
    }
  }

  function mustRun(): void {
    if (deps.running()) return;
    throw new BelfryError("UNAVAILABLE", "Belfry is stopping: some deliveries may have kept their time. Try again.");
  }

  return {
    async lane(number) {
      const at = now();
      let total = 0;
      for (const each of deliveryClasses) total += await ofClass(number, each, at);
      return total;
    },
    async one(lane, delivery) {
      if (buffers.isUnderWay(lanes.lane(lane), delivery)) return "under_way";
      const at = now();
      const deliveryClass = await ask(() => ledger.hastenOne(epoch(), delivery, at));
      if (deliveryClass !== null) wake(lane, deliveryClass, at);
      return "due_now";
    },
  };
}
