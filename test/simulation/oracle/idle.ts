// Why each lane starts nothing, asked of the process at every quiet moment, and compared with what the oracle knows: from the
// ledger, from the wire and from the settings. The process hears of a commit a little later than the ledger, so a reason is
// wrong only when it stays so.

import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import type { IdleReason } from "../../../src/model/lane.ts";
import { stateOf, type Subscription } from "../../../src/model/subscription.ts";
import type { Process } from "../belfry.ts";
import type { Timeline } from "../timeline.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact, LedgerFacts } from "./ledger.ts";
import type { Manner } from "./manner.ts";
import type { Flight, Station, Wire } from "./wire.ts";

export interface IdleCheck {
  /** Nothing happens at this moment, and this process answers requests. */
  atRest(process: Process): void;
}

export interface IdleCheckDeps {
  readonly timeline: Timeline;
  readonly judge: Judge;
  readonly ledger: LedgerFacts;
  readonly wire: Wire;
  readonly settings: DeliverySettings;
  /** Timers come late by up to this, ms. */
  readonly lateness: number;
  /** What the store has needed so far for all that it did slowly, ms. */
  readonly slowMs: () => number;
}

/** A reason that rests on the ledger may be wrong for so long, ms, and as long as a slow store works meanwhile: the process hears
 * late from it. */
const patience = 60_000;
/** These rest on what went over the wire alone, which the process knows at once. */
const fromTheWire = new Set<IdleReason | null>(["backing_off", "local_shortage", "probing", "at_lane_cap"]);

export function createIdleCheck(deps: IdleCheckDeps): IdleCheck {
  const { timeline, judge, ledger, wire, settings, lateness, slowMs } = deps;
  /** By lane: since when the process gives a reason that does not hold, or none. */
  const wrong = new Map<
    number,
    { readonly reason: IdleReason | null; readonly since: number; readonly slow: number }
  >();
  const slowMost = Math.max(Math.floor(settings.caps.overall * settings.slowShare), 1);
  let asked: Process | null = null;
  /** The clock was not set since this process was first asked: its engine time is the wall clock. */
  let isSteady = true;
  let jumps = 0;

  function atRest(process: Process): void {
    const station = wire.stationOf(process.life);
    if (asked !== process) {
      wrong.clear();
      jumps = timeline.jumps();
    }
    asked = process;
    isSteady = jumps === timeline.jumps();
    const owed = owedNow(ledger.deliveries.values());
    for (const lane of ledger.subscriptions.keys()) {
      const status = process.dispatcher.lane(lane);
      if (status === null) continue;
      const { waitingFor: reason } = status;
      if (holds(reason, station, lane, owed)) wrong.delete(lane);
      else complain(lane, reason);
    }
  }

  function complain(lane: number, reason: IdleReason | null): void {
    const before = wrong.get(lane);
    if (before === undefined || before.reason !== reason) {
      return void wrong.set(lane, { reason, since: timeline.now(), slow: slowMs() });
    }
    const lasts = timeline.now() - before.since;
    judge.check(
      lasts - (isFromTheWire(reason) ? 0 : slowMs() - before.slow) <= patienceWith(reason),
      20,
      () => `lane ${lane} starts nothing for ${lasts} ms and says "${reason ?? "I am about to"}"`,
    );
  }

  const isFromTheWire = (reason: IdleReason | null): boolean => reason === null || fromTheWire.has(reason);

  /** Where the clock was set the process may not have noticed yet, and sleep on. */
  function patienceWith(reason: IdleReason | null): number {
    if (reason === null && !isSteady) return Infinity;
    return isFromTheWire(reason) ? lateness + 2 : patience;
  }

  /** Whether the reason holds, by what is known of the process and the lane. */
  const rules: Record<IdleReason, (asked: Asked) => boolean> = {
    stopping: ({ station }) => station.stopping,
    paused: ({ versions }) => versions.some((each) => each !== null && stateOf(each) === "paused"),
    disabled: ({ station, lane, versions }) =>
      station.gone.has(lane) || versions.some((each) => each?.state !== "active") || wire.failing.isDue(lane, versions),
    // Nobody moves there.
    withdrawing: () => false,
    backing_off: ({ lane, manner }) => timeline.now() <= Math.max(manner?.pausedUntil ?? -Infinity, wire.excused(lane)),
    local_shortage: ({ station, lane }) =>
      timeline.now() - (station.shortAt.get(lane) ?? -Infinity) <= settings.shortageMs + lateness + 2,
    nothing_due: ({ station, lane, owed }) => !owed.ofLane(lane).some((delivery) => isDue(delivery, station)),
    recovering: ({ station }) => station.isRecovering,
    probing: ({ ofLane, manner }) => ofLane > 0 && (manner === undefined || manner.open || !manner.isCertain),
    at_lane_cap: ({ ofLane }) => ofLane > 0,
    rate_limit: ({ lane }) => wire.pace.mayWait(lane),
    store_stuck: () => wire.calmSince === Infinity,
    memory_full: ({ owed }) => owed.count() >= settings.rowsInMemory,
    // On the way for a minute: stuck.
    loading: () => false,
    // One process, which needs no lease.
    cut_off: () => false,
    at_overall_cap: ({ station }) => station.flights.size + ledger.marked() >= settings.caps.overall,
    at_organization_cap: ({ underWay, versions }) =>
      count(underWay, ({ organization }) => organization === versions[0]?.organization) >= settings.caps.organization,
    // Beside others an organization that has some leaves a quarter of the host to them.
    at_host_cap: ({ underWay, versions }) => {
      const [version] = versions;
      if (version === undefined || version === null) return true;
      const there = underWay.filter(({ host }) => host === new URL(version.endpoint.url).host);
      const all = there.length + ledger.marked();
      const own = count(there, ({ organization }) => organization === version.organization);
      const { host: cap } = settings.caps;
      return all >= cap || (own > 0 && cap - all - 1 < Math.floor(cap / 4));
    },
    slow_share: ({ underWay, manner }) =>
      manner?.quick !== true &&
      count(underWay, ({ slow, began }) => slow || timeline.now() - began > settings.slowMs) >= slowMost,
  };

  function holds(reason: IdleReason | null, station: Station, lane: number, owed: Owed): boolean {
    if (reason === null) return false;
    const underWay = [...station.flights].filter(({ told }) => told === null);
    const ofLane = underWay.filter(({ delivery }) => delivery.lane === lane).length;
    const [versions, manner] = [wire.known(lane), station.manners.get(lane)];
    return rules[reason]({ station, lane, owed, underWay, ofLane, versions, manner });
  }

  /** A marked attempt holds its slots before it is on the wire. */
  function count(underWay: readonly Flight[], fits: (flight: Flight) => boolean): number {
    return underWay.filter(fits).length + ledger.marked();
  }

  function isDue(delivery: DeliveryFact, station: Station): boolean {
    for (const flight of station.flights) if (flight.delivery === delivery) return false;
    if (ledger.lines.waits(delivery) || ledger.states.waits(delivery)) return false;
    return delivery.attempts === 0 || (isSteady && delivery.dueLatest < timeline.wall() - lateness);
  }

  return { atRest };
}

interface Asked {
  readonly station: Station;
  readonly lane: number;
  readonly owed: Owed;
  readonly underWay: readonly Flight[];
  readonly ofLane: number;
  readonly versions: readonly (Subscription | null)[];
  readonly manner: Manner | undefined;
}

interface Owed {
  ofLane(lane: number): readonly DeliveryFact[];
  count(): number;
}

function owedNow(deliveries: Iterable<DeliveryFact>): Owed {
  let lanes: Map<number, DeliveryFact[]> | null = null;
  const all = (): Map<number, DeliveryFact[]> => {
    if (lanes !== null) return lanes;
    lanes = new Map();
    for (const delivery of deliveries) {
      if (delivery.state !== "owed") continue;
      const rows = lanes.get(delivery.lane);
      if (rows === undefined) lanes.set(delivery.lane, [delivery]);
      else rows.push(delivery);
    }
    return lanes;
  };
  return {
    ofLane: (lane) => all().get(lane) ?? [],
    count: () => [...all().values()].reduce((sum, rows) => sum + rows.length, 0),
  };
}
