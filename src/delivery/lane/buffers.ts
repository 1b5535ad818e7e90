// The rows of all lanes in memory: takes them in from ingest and from the store, and leaves them to later reads when their
// lane may start nothing for long. Every owed row is durable in the store; it is also in memory, or spilled, or on its way
// between the two.

import { classAfterFailure, type DeliveryClass, deliveryClasses } from "../../model/delivery.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { DueDelivery } from "../../store/owed.ts";
import type { Epoch } from "../../store/shards.ts";
import type { BackgroundOptions } from "../background-loop.ts";
import type { Enqueuer } from "../enqueue-port.ts";
import type { DeliverySettings } from "../settings.ts";
import * as buffers from "./buffer.ts";
import { createEnqueuer } from "./enqueue.ts";
import { awaitsEarlier, isBackingOff, type Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import { createLoader, type LoaderDeps } from "./loader.ts";
import { createMemoryBudget } from "./memory-budget.ts";
import { createResidentRows } from "./resident.ts";
import type { Part, SharedSlots } from "./shared-slots.ts";
import { createSuperseding } from "./superseding.ts";

export interface Buffers extends Enqueuer {
  /** The next row of the lane to attempt. Throws where none is in memory. */
  next(lane: Lane): DueDelivery;
  /** Takes in a row that the dispatcher has from elsewhere, to be attempted at once. */
  admit(lane: Lane, delivery: DueDelivery): void;
  /** The attempt of this row was not made. */
  putBack(lane: Lane, delivery: DueDelivery): void;
  /** The outcome of an attempt is written. `retryDue`: when the row falls due again; null: it is final. */
  settled(lane: Lane, delivery: DueDelivery, retryDue: number | null): void;
  /** Gives all rows of the lane back. */
  unload(lane: Lane): void;
  /** The same, and reads the lane anew: what it is owed was changed in the store. */
  reload(lane: Lane): void;
  /** The store has written that these live rows are spilled, the earliest due then. */
  onSpilled(lane: Lane, due: number): void;
  /** The delivery is on its way to the receiver, or its outcome is being written. */
  isUnderWay(lane: Lane, delivery: number): boolean;
  /** The store has rows of this class of the lane, the earliest due then. */
  onDisk(lane: Lane, deliveryClass: DeliveryClass, nextDue: number): void;
  /** Asks for a read of the lane where one would bring something. */
  want(lane: Lane, now: number): void;
  /** Starts a read of the lanes that want one, unless one is under way. */
  read(): void;
  /** The last read failed. */
  cannotRead(): boolean;
  /** The memory is full, and the lane could start nothing now, so that it may not read. */
  mustWait(lane: Lane): boolean;
  /** Rows in memory, those in flight and those that wait for the settler among them. */
  size(): number;
  /** Resolves when no read is under way, and nothing is being superseded. */
  idle(): Promise<void>;
}

export interface BuffersDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "readDue" | "supersede">;
  /** Engine time, epoch ms. */
  readonly now: () => number;
  readonly settings: DeliverySettings;
  readonly lanes: Pick<Lanes, "lane" | "dropIfIdle">;
  readonly epoch: () => Epoch;
  readonly running: () => boolean;
  /** Whether the lane could start a delivery now, if it had one. */
  readonly couldStart: (lane: Lane) => boolean;
  /** Writes that these rows are spilled. */
  readonly spill: (lane: Lane, deliveries: readonly number[], due: number) => void;
  /** Something about the lane has changed. */
  readonly touch: (lane: Lane) => void;
  readonly onLoaded: (lanes: Iterable<Lane>) => void;
  readonly onSuperseded: LoaderDeps["onSuperseded"];
  /** With other dispatchers of this process; `part` is that of this one. */
  readonly shared: Pick<SharedSlots, "others">;
  readonly part: Part;
}

/** Rows of a lane that wants the latest states only, in memory at most. */
const latestRows = 16;

export function createBuffers(deps: BuffersDeps): Buffers {
  const { clock, settings, running, touch } = deps;
  const resident = createResidentRows();
  const { shared, part } = deps;
  const budget = createMemoryBudget(settings, resident, {
    rows: () => shared.others(part, "rows"),
    bytes: () => shared.others(part, "bytes"),
  });
  part.rows = () => resident.size + budget.reserved;
  part.bytes = () => resident.bytes;
  const mustWait = (lane: Lane): boolean => budget.full() && !deps.couldStart(lane);
  /** Of a lane that wants the latest states only little is in memory, since it is read anew whenever more has come. */
  const sizeFor = (lane: Lane): number =>
    lane.latest === null ? budget.bufferSize(lane) : Math.min(budget.bufferSize(lane), latestRows);
  const isOpen = (lane: Lane): boolean => running() && !lane.barred && !isBackingOff(lane, clock.monotonic());
  const giveBack = (lane: Lane): void => {
    unload(lane);
    touch(lane);
  };
  const leaves = (lane: Lane): boolean => isOpen(lane) || awaitsEarlier(lane);
  const superseding = createSuperseding({ ...deps, leaves, giveBack, keepTrying: running });
  const loader = createLoader({
    ...deps,
    resident,
    mustWait,
    size: sizeFor,
    giveBack,
    wants: (lane) => isOpen(lane) && !awaitsEarlier(lane),
  });

  function spill(lane: Lane, deliveries: readonly DueDelivery[]): void {
    const [oldest] = deliveries;
    if (oldest === undefined || lane.removed) return;
    lane.buffer.spilling++;
    deps.spill(
      lane,
      deliveries.map(({ number }) => number),
      oldest.due,
    );
  }

  const unload = (lane: Lane): void => spill(lane, buffers.unload(lane.buffer, resident));

  /** Rows of these classes may have become due of which nobody was told: those that waited in a line behind what has ended. */
  function lookBehind({ buffer }: Lane, classes: readonly DeliveryClass[]): void {
    for (const each of classes) buffers.spilled(buffer, each, deps.now());
  }

  return {
    ...createEnqueuer({
      ...deps,
      resident,
      budget,
      mustWait,
      spill,
      supersedeLater: superseding.note,
      onReserved: part.tell,
    }),
    next(lane) {
      const delivery = buffers.next(lane.buffer, settings.laneLowerEvery);
      if (delivery === undefined) throw new Error("A lane without work was scheduled.");
      lane.latest?.underWay.add(delivery.number);
      return delivery;
    },
    admit(lane, delivery) {
      resident.add(delivery, true);
      lane.latest?.underWay.add(delivery.number);
      lane.buffer[delivery.class].unsettled++;
    },
    putBack(lane, delivery) {
      lane.latest?.underWay.delete(delivery.number);
      buffers.settled(lane.buffer, delivery);
      if (resident.get(delivery.number) === false) spill(lane, [delivery]);
      else buffers.spilled(lane.buffer, delivery.class, delivery.due);
      loader.release(delivery.number);
    },
    settled(lane, delivery, retryDue) {
      buffers.settled(lane.buffer, delivery);
      loader.release(delivery.number);
      if (retryDue !== null) buffers.spilled(lane.buffer, classAfterFailure(delivery.class), retryDue);
      if (lane.latest !== null) {
        lane.latest.underWay.delete(delivery.number);
        superseding.note(lane);
      }
      // In a lane of states one that failed may be superseded at once.
      const mayHaveEnded = lane.latest !== null || (lane.inOrder && retryDue === null);
      if (mayHaveEnded) lookBehind(lane, delivery.class === "replay" ? ["replay"] : ["live", "retry"]);
    },
    unload,
    reload(lane) {
      unload(lane);
      lookBehind(lane, deliveryClasses);
      touch(lane);
    },
    onSpilled(lane, due) {
      lane.buffer.spilling--;
      buffers.spilled(lane.buffer, "live", due);
    },
    isUnderWay: ({ buffer }, delivery) => resident.has(delivery) && !buffers.waitsHere(buffer, delivery),
    onDisk: ({ buffer }, deliveryClass, nextDue) => buffers.spilled(buffer, deliveryClass, nextDue),
    want(lane, now) {
      if (!buffers.onDisk(lane.buffer)) return;
      if (buffers.wantsRead(lane.buffer, sizeFor(lane), now)) loader.want(lane);
    },
    read: loader.go,
    cannotRead: loader.isFailing,
    mustWait,
    size: () => resident.size,
    async idle() {
      await Promise.all([loader.idle(), superseding.idle()]);
    },
  };
}
