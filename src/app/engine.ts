// The engine as all other parts see it: dispatchers and log processors of whatever is owned here, behind one face. What belongs to
// an organization goes to its owner. Where that is another node, rows are written spilled, and the owner finds them.

import type { Dispatcher } from "../delivery/dispatcher-port.ts";
import type { Enqueuer } from "../delivery/enqueue-port.ts";
import type { Hastened } from "../delivery/lane/hasten.ts";
import type { DeliveryStats } from "../delivery/lane/stats.ts";
import type { DeliveryClass } from "../model/delivery.ts";
import { BelfryError } from "../errors.ts";
import type { LogProcessor } from "../ingest/derive/log-processor.ts";
import { idleReasons, type LaneStatus } from "../model/lane.ts";
import type { Owned } from "../nodes/owned.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { Sensing } from "../sensing/sensing.ts";
import type { Owner } from "./owner.ts";

/** What has to be done where an organization is owned. */
export interface Elsewhere {
  /** Deliveries or observations were written that their owner should look for. */
  arrived(organization: string): void;
  openLane(organization: string, lane: number): Promise<boolean>;
  hastenLane(organization: string, lane: number): Promise<number>;
  hastenOne(organization: string, lane: number, delivery: number): Promise<Hastened>;
  /** null: nobody tells. */
  status(organization: string, lane: number): Promise<LaneStatus | null>;
  readAgain(organization: string): void;
  expired(organization: string, lanes: readonly number[]): void;
}

export interface Engine extends Enqueuer {
  ownerOf(organization: string): Owner | undefined;
  /** Does what one owner does for the whole installation; undefined: it is another node. */
  first(): Owner | undefined;
  /** The status of a lane that is owned here; null: it is not, or has no subscription. */
  lane(number: number): LaneStatus | null;
  /** Of any lane. */
  status(number: number): Promise<LaneStatus | null>;
  lastStartedAt(this: void, lane: number): number | null;
  openLane(this: void, lane: number): Promise<boolean>;
  readonly hasten: { lane(lane: number): Promise<number>; one(lane: number, delivery: number): Promise<Hastened> };
  readAgain(this: void, organization: string): void;
  expired(lanes: Iterable<number>): void;
  idle(): boolean;
  snapshot(): DeliveryStats;
  /** The log now reaches up to there, with observations of these. */
  logged(position: number, rows: readonly { readonly organization: string }[]): void;
  backlog(): Promise<number>;
  unstored(): number;
  sensing(this: void, organization: string): Sensing | undefined;
  /** Of an organization that is owned here. */
  readonly act: LogProcessor["act"];
}

export interface EngineDeps {
  readonly owned: Owned<Owner>;
  readonly organizations: Pick<Organizations, "subscription">;
  /** null: there is only this process. */
  readonly elsewhere: Elsewhere | null;
}

export function createEngine({ owned, organizations, elsewhere }: EngineDeps): Engine {
  const organizationOf = (lane: number): string | undefined => organizations.subscription(lane)?.organization;
  const ownerOfLane = (lane: number): Owner | undefined => {
    const organization = organizationOf(lane);
    return organization === undefined ? undefined : owned.of(organization);
  };
  const sum = (of: (owner: Owner) => number): number => {
    let total = 0;
    for (const owner of owned.all()) total += of(owner);
    return total;
  };
  /** What is to be done where the lane is owned; `unknown`: it has no subscription any more. */
  const route = <Result>(
    lane: number,
    here: (owner: Owner) => Result,
    there: (elsewhere: Elsewhere, organization: string) => Result,
    unknown: Result,
  ): Result => {
    const organization = organizationOf(lane);
    if (organization === undefined) return unknown;
    const owner = owned.of(organization);
    if (owner !== undefined) return here(owner);
    return elsewhere === null ? unknown : there(elsewhere, organization);
  };
  const lane = (number: number): LaneStatus | null => ownerOfLane(number)?.dispatcher.lane(number) ?? null;

  return {
    ...(elsewhere === null ? enqueuerOfOne(owned) : enqueuerOfSome(ownerOfLane, organizationOf, elsewhere)),
    ownerOf: owned.of,
    first: owned.first,
    lane,
    status: async (number) =>
      route<Promise<LaneStatus | null>>(
        number,
        async ({ dispatcher }) => dispatcher.lane(number),
        (there, organization) => there.status(organization, number),
        Promise.resolve(null),
      ),
    lastStartedAt: (number) => ownerOfLane(number)?.dispatcher.lastStartedAt(number) ?? null,
    openLane: async (number) =>
      route<boolean | Promise<boolean>>(
        number,
        ({ dispatcher }) => dispatcher.openLane(number),
        (there, organization) => there.openLane(organization, number),
        false,
      ),
    hasten: {
      lane: async (number) =>
        route<number | Promise<number>>(
          number,
          ({ dispatcher }) => dispatcher.hasten.lane(number),
          (there, organization) => there.hastenLane(organization, number),
          0,
        ),
      one: async (number, delivery) =>
        route<Hastened | Promise<Hastened>>(
          number,
          ({ dispatcher }) => dispatcher.hasten.one(number, delivery),
          (there, organization) => there.hastenOne(organization, number, delivery),
          "due_now",
        ),
    },
    readAgain(organization) {
      const owner = owned.of(organization);
      if (owner !== undefined) owner.dispatcher.readAgain(organization);
      else elsewhere?.readAgain(organization);
    },
    expired(lanes) {
      for (const [organization, own] of Map.groupBy(lanes, (each) => organizationOf(each) ?? "")) {
        const owner = owned.of(organization);
        if (owner !== undefined) owner.dispatcher.expired(own);
        else if (organization !== "") elsewhere?.expired(organization, own);
      }
    },
    idle: () => [...owned.all()].every(({ dispatcher }) => dispatcher.idle()),
    snapshot: () => joined([...owned.all()].map(({ dispatcher }) => dispatcher.snapshot())),
    logged(position, rows) {
      if (elsewhere === null) return owned.of("")?.logProcessor.wake(position);
      for (const organization of new Set(rows.map(({ organization: of }) => of))) {
        const owner = owned.of(organization);
        if (owner === undefined) elsewhere.arrived(organization);
        else owner.logProcessor.wake(position);
      }
    },
    async backlog() {
      const each = await Promise.all([...owned.all()].map(({ logProcessor }) => logProcessor.backlog()));
      return each.reduce((total, one) => total + one, 0);
    },
    unstored: () => sum(unstoredOf),
    sensing: (organization) => owned.of(organization)?.logProcessor.sensing(organization),
    async act(organization, work) {
      const owner = owned.of(organization);
      if (owner === undefined) throw notHere();
      return owner.logProcessor.act(organization, work);
    },
  };
}

const unstoredOf = ({ logProcessor }: Owner): number => logProcessor.unstored();

const notHere = (): BelfryError =>
  new BelfryError("UNAVAILABLE", "Another node owns this organization by now. Ask again in a moment.");

/** The one owner has every lane. */
function enqueuerOfOne(owned: Owned<Owner>): Enqueuer {
  const dispatcher = (): Dispatcher => owned.of("")!.dispatcher;
  return {
    reserve: (lane) => dispatcher().reserve(lane),
    release: (lane) => dispatcher().release(lane),
    enqueue: (delivery) => dispatcher().enqueue(delivery),
    readLater: (lane, of, due) => dispatcher().readLater(lane, of, due),
  };
}

/** An owner may end, and another one begin, between the reservation of a place and the row that takes it. */
function enqueuerOfSome(
  ownerOfLane: (lane: number) => Owner | undefined,
  organizationOf: (lane: number) => string | undefined,
  elsewhere: Elsewhere,
): Enqueuer {
  const reserved = new Map<number, { readonly owner: Owner; count: number }>();

  /** The owner that has promised the place, if it is still there. */
  function take(lane: number): Owner | undefined {
    const promise = reserved.get(lane);
    if (promise === undefined) return undefined;
    if (--promise.count === 0) reserved.delete(lane);
    return promise.owner === ownerOfLane(lane) ? promise.owner : undefined;
  }

  return {
    reserve(lane) {
      const owner = ownerOfLane(lane);
      if (owner === undefined || !owner.dispatcher.reserve(lane)) return false;
      const promise = reserved.get(lane);
      if (promise?.owner === owner) promise.count++;
      else reserved.set(lane, { owner, count: 1 });
      return true;
    },
    release: (lane) => take(lane)?.dispatcher.release(lane),
    enqueue(delivery) {
      const owner = take(delivery.lane);
      if (owner !== undefined) return owner.dispatcher.enqueue(delivery);
      // The store has seen that, and has written it spilled.
      readLater(delivery.lane, delivery.class, delivery.due);
    },
    readLater,
  };

  function readLater(lane: number, of: DeliveryClass, due: number): void {
    const owner = ownerOfLane(lane);
    if (owner !== undefined) return owner.dispatcher.readLater(lane, of, due);
    const organization = organizationOf(lane);
    if (organization !== undefined) elsewhere.arrived(organization);
  }
}

/** Figures of several dispatchers as those of one. */
function joined(all: readonly DeliveryStats[]): DeliveryStats {
  const [first = noStats, ...rest] = all;
  return rest.reduce(
    (one, other) => ({
      running: one.running || other.running,
      inFlight: one.inFlight + other.inFlight,
      settling: one.settling + other.settling,
      postponed: one.postponed + other.postponed,
      slow: one.slow + other.slow,
      inMemory: one.inMemory + other.inMemory,
      waiting: one.waiting + other.waiting,
      lanes: one.lanes + other.lanes,
      onDisk: one.onDisk + other.onDisk,
      backingOff: one.backingOff + other.backingOff,
      barred: one.barred + other.barred,
      waitingFor: addUp(one.waitingFor, other.waitingFor),
      lateMs: Math.max(one.lateMs, other.lateMs),
      waitedMs: Math.max(one.waitedMs, other.waitedMs),
    }),
    first,
  );
}

const addUp = (one: DeliveryStats["waitingFor"], other: DeliveryStats["waitingFor"]): DeliveryStats["waitingFor"] =>
  Object.fromEntries(
    Object.entries(one).map(([reason, count]) => [reason, count + other[reason as keyof typeof other]]),
  ) as DeliveryStats["waitingFor"];

const noStats: DeliveryStats = {
  running: false,
  inFlight: 0,
  settling: 0,
  postponed: 0,
  slow: 0,
  inMemory: 0,
  waiting: 0,
  lanes: 0,
  onDisk: 0,
  backingOff: 0,
  barred: 0,
  waitingFor: Object.fromEntries(Object.keys(idleReasons).map((reason) => [reason, 0])) as DeliveryStats["waitingFor"],
  lateMs: 0,
  waitedMs: 0,
};
