// What goes over the wire, judged when it goes: may this attempt start, is it what was promised, and does what is booked
// of it afterwards follow from what the receiver did.

import { isDeepStrictEqual } from "node:util";
import { type DeliverySettings } from "../../../src/delivery/settings.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import { stateOf, type Subscription } from "../../../src/model/subscription.ts";
import { skippedBy } from "../../../receiver/src/numbers.ts";
import type { DeliveryRequest } from "../../../src/delivery/attempt/request.ts";
import type { Settlement } from "../../../src/store/owed.ts";
import type { Life } from "../host.ts";
import type { Timeline } from "../timeline.ts";
import { createClassCheck, type Passed } from "./classes.ts";
import type { EngineTime } from "./engine-time.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact, LedgerFacts } from "./ledger.ts";
import { createFailingCheck, type FailingCheck } from "./failing.ts";
import { handDown, learn, longestProbe, type Manner, newManner, open, relent } from "./manner.ts";
import { createPaceCheck, type PaceCheck } from "./pace.ts";
import { createObjection, expectedBody } from "./request.ts";
import { consequenceOf, type Expected } from "./schedule.ts";

/** What the storm left undone is known to the process by then, ms. */
const calmAfter = 60_000;
/** A lane is opened no later than this after its owner asked for it, ms. */
const openWithin = 600_000;

export interface Flight {
  readonly life: Life;
  readonly delivery: DeliveryFact;
  readonly attempt: number;
  readonly organization: string;
  readonly host: string;
  readonly url: string;
  readonly body: string;
  readonly bytes: Uint8Array;
  readonly startedAt: number;
  /** Monotonic. */
  readonly began: number;
  /** The breaker of its lane was open when it began. */
  readonly probe: boolean;
  /** Its lane was not known to be quick. */
  readonly slow: boolean;
  /** It may have ended the process before. */
  readonly careful: boolean;
  /** The schedule when it started. */
  readonly delays: readonly number[];
  /** What the process was told, and by when it must be tried again. */
  told: { readonly outcome: Outcome; readonly expected: Expected } | null;
  booked: boolean;
}

/** What the wire knows of a process. */
export interface Station {
  readonly life: Life;
  readonly time: EngineTime;
  readonly flights: Set<Flight>;
  /** By lane: how it must be treated. */
  readonly manners: Map<number, Manner>;
  /** Was under way when the process before ended out of order. */
  readonly dangerous: Set<DeliveryFact>;
  /** Lanes whose receiver has said that it is gone. */
  readonly gone: Set<number>;
  /** By lane and class: the youngest delivery of which a first attempt was started. */
  readonly youngest: Map<string, DeliveryFact>;
  /** The same of those that carried a mark at the start and were tried before everything else. */
  readonly tried: Map<string, DeliveryFact>;
  /** Carried a mark at the start; empty as soon as anything else starts. */
  readonly marked: Set<DeliveryFact>;
  /** When it asked for the mark of a delivery, monotonic. */
  readonly marking: Map<number, number>;
  /** By lane: when an attempt of it last found no socket, monotonic. */
  readonly shortAt: Map<number, number>;
  /** It began after a crash. */
  isRecovering: boolean;
  /** By lane: starts in a row that others of the lane had to wait for. */
  readonly passed: Map<number, Passed>;
  /** Could not start in their turn. */
  readonly postponed: Set<DeliveryFact>;
  stopping: boolean;
  /** When it lost its store, monotonic; Infinity while it has it. */
  endedAt: number;
}

export interface Wire {
  readonly flights: readonly Flight[];
  stationOf(life: Life): Station;
  /** What the process may take for true of a lane: null stands for a removed subscription. */
  known(lane: number): readonly (Subscription | null)[];
  /** A change of the lane is under way, or became known. */
  changing(lane: number, to: Subscription | null): void;
  changed(lane: number, to: Subscription | null): void;
  /** An owner asks that the receiver of this lane be called now. */
  asking(lane: number): void;
  /** The process has ended the back-off of the lane. */
  opened(life: Life, lane: number): void;
  /** An owner asks for a test. */
  testing(): void;
  /** A request that is marked as a test. */
  tested(request: DeliveryRequest): void;
  /** `webhook-id` of all tests. */
  readonly tests: ReadonlySet<string>;
  /** A process has read everything anew. */
  reread(): void;
  /** A process has become the owner after another, at this time of its own. */
  takenOver(next: Life, before: Life | null, at: number, isUnclean: boolean): void;
  /** Monotonic ms until which the lane may rightly do nothing. */
  excused(lane: number): number;
  /** It asks for these marks. */
  marking(life: Life, deliveries: readonly number[]): void;
  started(life: Life, request: DeliveryRequest): Flight | null;
  /** It could not start, for want of a socket. */
  postponed(life: Life, request: DeliveryRequest): void;
  arrived(flight: Flight): void;
  told(flight: Flight, outcome: Outcome, retryAfterMs: number | null): void;
  /** Whether the settlement is new. */
  booked(life: Life, delivery: DeliveryFact, settlement: Settlement): boolean;
  /** When the storm ended, monotonic; Infinity while it lasts. */
  calmSince: number;
  readonly ratios: number[];
  readonly pace: PaceCheck;
  readonly failing: FailingCheck;
}

export interface WireDeps {
  readonly timeline: Timeline;
  readonly judge: Judge;
  readonly ledger: LedgerFacts;
  readonly settings: DeliverySettings;
  readonly stations: Map<Life, Station>;
  /** In the calm a delivery starts no later than this after it is due, ms. */
  readonly patience: number;
  readonly marker: string;
  /** The clock does not jump, by which waiting rows are put in order. */
  readonly ordered: boolean;
}

const isHeld = (subscription: Subscription | null): boolean =>
  subscription === null || stateOf(subscription) !== "active";

export function createWire(deps: WireDeps): Wire {
  const { timeline, judge, ledger, settings, stations } = deps;
  const flights: Flight[] = [];
  const known = new Map<number, (Subscription | null)[]>();
  const objection = createObjection(() => timeline.wall(), deps.marker, settings);
  /** By lane: until when it may wait, and for how long it might when that was said. */
  const excuses = new Map<number, { readonly until: number; readonly ms: number }>();
  const slowMost = Math.max(Math.floor(settings.caps.overall * settings.slowShare), 1);
  const hosts = new Map<string, string>();
  /** By lane: when its endpoint was last replaced, or its subscription enabled. What began before may teach nothing. */
  const openedAt = new Map<number, number>();
  const ratios: number[] = [];
  /** By lane: when an owner last asked for it, monotonic. */
  const asked = new Map<number, number>();
  const tests = new Set<string>();
  let testsAsked = 0;

  const pace = createPaceCheck(timeline, judge);
  const failing = createFailingCheck(timeline, judge, settings);
  const classes = createClassCheck(timeline, judge, ledger);
  /** What waits in a lane is in memory: the store answers, and there is room for all. */
  const isCalm = (): boolean => timeline.now() > wire.calmSince + calmAfter && settings.rowsInMemory >= 1_000;

  const stationOf = (life: Life): Station => stations.get(life)!;
  const versionsOf = (lane: number): (Subscription | null)[] => known.get(lane) ?? [];

  const hostOf = (url: string): string => {
    let host = hosts.get(url);
    if (host === undefined) hosts.set(url, (host = new URL(url).host));
    return host;
  };

  const mannerOf = (station: Station, lane: number): Manner => {
    let manner = station.manners.get(lane);
    if (manner === undefined) station.manners.set(lane, (manner = newManner()));
    return manner;
  };

  function checkCaps(station: Station, lane: number, flight: Flight): void {
    const { caps } = settings;
    // What ran already when its mark was asked for goes on beside it.
    const markedAt = station.marking.get(flight.delivery.number) ?? timeline.now();
    let [ofLane, ofOrganization, ofHost, slow] = [1, 1, 1, 1];
    for (const other of station.flights) {
      if (other.told !== null) continue;
      if (other.slow || timeline.now() - other.began > settings.slowMs) slow++;
      if (other.delivery.lane === lane && (other.careful || (flight.careful && other.began > markedAt))) {
        judge.fail(
          18,
          `delivery ${flight.delivery.number} starts beside ${other.delivery.number}, one of them with care`,
        );
      }
      if (other.delivery.lane === lane) ofLane++;
      if (other.organization === flight.organization) ofOrganization++;
      if (other.host === flight.host) ofHost++;
    }
    judge.check(ofLane === 1 || !flight.probe, 17, () => `lane ${lane} has ${ofLane} probes in flight`);
    judge.check(
      // One that is noted first took its slot before the note.
      slow <= slowMost || !flight.slow || ledger.noted(flight.delivery.number),
      9,
      () => `${slow} attempts are slow or of lanes that are not known to be quick, of ${caps.overall}`,
    );
    const cap = Math.max(...versionsOf(lane).map((each) => each?.lane.maxInFlight ?? caps.subscription));
    judge.check(ofLane <= cap, 9, () => `lane ${lane} has ${ofLane} attempts in flight, its cap is ${cap}`);
    judge.check(ofOrganization <= caps.organization, 9, () => `${flight.organization} has ${ofOrganization} in flight`);
    judge.check(ofHost <= caps.host, 9, () => `host ${flight.host} has ${ofHost} in flight`);
    judge.check(
      station.flights.size + 1 <= caps.overall,
      9,
      () => `there are ${station.flights.size + 1} attempts in flight or not yet booked`,
    );
  }

  /** First attempts of one class start in the order of its deliveries. */
  function checkOrder(station: Station, delivery: DeliveryFact): void {
    const isTried = station.marked.has(delivery);
    if (!isTried) station.marked.clear();
    ledger.lines.started(delivery, station.flights);
    ledger.states.started(delivery, station.flights, isCalm());
    if (ledger.lines.everInOrder(delivery.lane) || ledger.states.everLatest(delivery.lane)) return;
    if (delivery.attempts > 0 || station.postponed.has(delivery)) return;
    const queue = `${delivery.lane} ${delivery.class}`;
    const youngest = isTried ? station.tried : station.youngest;
    const before = youngest.get(queue);
    if (before === undefined || delivery.number > before.number) youngest.set(queue, delivery);
    else complain(delivery, before);
    // A mark says that it had its turn before the crash: so had what came before it.
    const tried = station.tried.get(queue);
    if (!isTried && tried !== undefined && delivery.number < tried.number && !hadItsTurn(delivery)) {
      complain(delivery, tried);
    }
  }

  function complain(delivery: DeliveryFact, before: DeliveryFact): void {
    const message = () => `delivery ${delivery.number} starts after ${before.number}, which came later`;
    judge.check(!deps.ordered, 16, message);
  }

  /** Some process has started it, or found no socket for it. */
  function hadItsTurn(delivery: DeliveryFact): boolean {
    return (
      flights.some((flight) => flight.delivery === delivery) ||
      [...stations.values()].some(({ postponed }) => postponed.has(delivery))
    );
  }

  function checkTime(station: Station, delivery: DeliveryFact, attempt: number): void {
    const { due, dueLatest, number, lane, since } = delivery;
    const most = station.time.most();
    const least = station.time.least();
    const first = delivery.attempts === 0;
    // An attempt that began once was due then, also where the clock was set back since; cut off, it may begin again at once.
    const hasBegun = (): boolean => flights.some((each) => each.delivery === delivery && each.attempt === attempt);
    judge.check(
      first || most + 2 >= due || hasBegun(),
      6,
      () => `attempt ${attempt} of delivery ${number} starts ${due - most} ms before it is due`,
    );
    const { pausedUntil, open, probeFrom } = mannerOf(station, lane);
    // A change that failed may be written all the same, and be known to the process at any time from then on.
    const isSettled = versionsOf(lane).length === 1;
    judge.check(
      !isSettled || timeline.now() + 2 >= pausedUntil,
      6,
      () => `lane ${lane} was told to wait ${pausedUntil - timeline.now()} ms longer`,
    );
    judge.check(
      !isSettled || !open || timeline.now() + 2 >= probeFrom,
      17,
      () => `lane ${lane} is probed ${probeFrom - timeline.now()} ms too early`,
    );
    const waited =
      timeline.now() -
      Math.max(
        wire.calmSince,
        wire.excused(lane),
        since,
        ledger.lines.freeSince(delivery),
        ledger.states.freeSince(delivery),
      );
    const late = first ? waited : Math.min(least - dueLatest, waited);
    judge.check(
      late <= deps.patience,
      12,
      () => `attempt ${attempt} of delivery ${number} starts ${late} ms late in the calm`,
    );
  }

  function opens(versions: readonly (Subscription | null)[], to: Subscription | null): boolean {
    return versions.some(
      (version) => !isDeepStrictEqual(version?.endpoint, to?.endpoint) || (isHeld(version) && !isHeld(to)),
    );
  }

  function forgive(lane: number, versions: readonly (Subscription | null)[], to: Subscription | null): void {
    const isOpened = opens(versions, to);
    if (isOpened) openedAt.set(lane, timeline.now());
    for (const station of stations.values()) relent(mannerOf(station, lane), isOpened);
  }

  function excuse(lane: number, ms: number): void {
    const until = timeline.now() + ms;
    if (until > wire.excused(lane)) excuses.set(lane, { until, ms });
  }

  /** Whether it may have ended its process. What has ended, booked or not, ended nothing; and care reaches as far as the
   * queue is known, which begins anew when the clock is set back. */
  function isDangerous(station: Station, { delivery, told }: Flight, isSetBack: boolean): boolean {
    if (told !== null || (isSetBack && delivery.class !== "live")) return false;
    const { lane } = delivery;
    const beside = [...station.flights].filter((other) => other.delivery.lane === lane);
    const cap = versionsOf(lane)[0]?.lane.maxInFlight ?? settings.caps.subscription;
    return beside.filter((other) => other.delivery.class === delivery.class).length <= 2 * cap;
  }

  const wire: Wire = {
    flights,
    stationOf,
    known: versionsOf,
    changing(lane, to) {
      const versions = versionsOf(lane);
      forgive(lane, versions, to);
      failing.changing(versions[0], to);
      if (opens(versions, to)) failing.opening(lane);
      known.set(lane, [...versions, to]);
      pace.changed(lane, versionsOf(lane));
    },
    changed(lane, to) {
      forgive(lane, versionsOf(lane), to);
      failing.opened(lane, opens(versionsOf(lane).slice(0, 1), to));
      known.set(lane, [to]);
      pace.changed(lane, [to]);
      for (const station of stations.values()) station.gone.delete(lane);
    },
    asking: (lane) => void asked.set(lane, timeline.now()),
    opened(life, lane) {
      const since = timeline.now() - (asked.get(lane) ?? -Infinity);
      judge.check(since < openWithin, 33, () => `lane ${lane} was opened, and nobody asked for that`);
      open(mannerOf(stationOf(life), lane), timeline.now());
    },
    testing: () => void testsAsked++,
    tested(request) {
      const headers = new Map(request.headers);
      const id = headers.get("webhook-id") ?? "";
      judge.check(!tests.has(id) && tests.size < testsAsked, 33, () => `test ${id} goes out, and nobody asked for it`);
      tests.add(id);
      judge.check(!headers.has("belfry-delivery"), 33, () => `test ${id} says that it is a delivery`);
      const versions = [...known.values()].flatMap((each) => each.filter((version) => version !== null));
      const active = versions.map((version) => ({ ...version, state: "active", paused: null }) as const);
      const objections = active
        .filter(({ endpoint }) => endpoint.url === request.url)
        .map((version) => objection(request, headers, version));
      judge.check(
        objections.includes(null),
        33,
        () => `test ${id} is wrong: ${objections.join("; ") || "no such URL"}`,
      );
    },
    tests,
    reread() {
      for (const lane of new Set([...known.keys(), ...ledger.subscriptions.keys()])) {
        known.set(lane, [ledger.subscriptions.get(lane) ?? null]);
        pace.changed(lane, versionsOf(lane));
      }
    },

    takenOver(next, before, at, isUnclean) {
      pace.takenOver();
      if (before === null) return;
      const [old, station] = [stationOf(before), stationOf(next)];
      const endedAt = Math.min(old.endedAt, timeline.now());
      failing.takenOver(endedAt);
      const leapt = timeline.leapt();
      for (const [lane, manner] of old.manners) {
        station.manners.set(lane, handDown(manner, endedAt, leapt, settings));
      }
      const isSetBack = old.time.most() > at + 2;
      // Where the clock was set back a wait may begin anew, for as long as it was: also at the start after a process that
      // ended before it could write how long it still waits.
      const wasAhead = [...stations.values()].some((each) => each !== station && each.time.most() > at + 2);
      if (wasAhead) for (const [lane, { ms }] of excuses) excuse(lane, ms);
      station.isRecovering = isUnclean;
      if (!isUnclean) return;
      for (const delivery of ledger.deliveries.values()) {
        if (ledger.noted(delivery.number)) station.marked.add(delivery);
      }
      for (const flight of old.flights) if (isDangerous(old, flight, isSetBack)) station.dangerous.add(flight.delivery);
    },
    excused: (lane) => excuses.get(lane)?.until ?? -Infinity,

    postponed(life, request) {
      const delivery = ledger.deliveries.get(numberOf(new Map(request.headers)));
      if (delivery === undefined) return;
      const station = stationOf(life);
      station.postponed.add(delivery);
      station.shortAt.set(delivery.lane, timeline.now());
      if (!life.fenced) pace.postponed(delivery.lane);
    },

    marking(life, deliveries) {
      const { marking } = stationOf(life);
      for (const delivery of deliveries) if (!marking.has(delivery)) marking.set(delivery, timeline.now());
    },

    started(life, request) {
      const station = stationOf(life);
      const headers = new Map(request.headers);
      const attempt = Number(headers.get("belfry-attempt"));
      const number = numberOf(headers);
      const delivery = ledger.deliveries.get(number);
      if (delivery === undefined) {
        judge.fail(1, `delivery ${number} was attempted before it was durable`);
        return null;
      }
      const { lane, event } = delivery;
      const versions = versionsOf(lane);
      const subscription = versions.find((each) => each !== null);
      const manner = mannerOf(station, lane);
      const flight: Flight = {
        life,
        delivery,
        attempt,
        organization: event.organization,
        host: hostOf(request.url),
        url: request.url,
        body: expectedBody(event.body, delivery.variant),
        bytes: Buffer.from(request.body),
        startedAt: Math.floor(timeline.wall()),
        began: timeline.now(),
        probe: manner.open,
        slow: !manner.quick,
        careful: station.dangerous.has(delivery) && !station.postponed.has(delivery),
        delays: subscription?.lane.retryDelays ?? settings.retryDelays,
        told: null,
        booked: false,
      };
      judge.check(!station.stopping, 10, () => `delivery ${number} was attempted after the stop began`);
      for (const other of station.flights) {
        judge.check(
          other.delivery !== delivery,
          4,
          () =>
            `delivery ${number} was attempted again (${attempt}) while attempt ${other.attempt} was ${other.told === null ? "in flight" : "not yet booked"}`,
        );
      }
      // Who was cut off learns of it at the next write only.
      if (!life.fenced) {
        judge.check(
          delivery.state === "owed" || ledger.mayGoStill(delivery, life),
          3,
          () => `attempt ${attempt} of delivery ${number} starts after it was ${delivery.state}`,
        );
        judge.check(
          attempt === delivery.attempts + 1,
          5,
          () => `attempt ${attempt} of delivery ${number} follows ${delivery.attempts}`,
        );
        const limit = flight.delays.length + 1;
        judge.check(attempt <= limit, 5, () => `attempt ${attempt} of delivery ${number}, whose schedule has ${limit}`);
        const objections = versions.map((version) => objection(request, headers, version));
        judge.check(
          objections.includes(null),
          objections[0]?.includes("sign") === true ? 8 : 10,
          () => `attempt ${attempt} of delivery ${number} (lane ${lane}) is wrong: ${objections.join("; ")}`,
        );
        judge.check(
          !station.gone.has(lane),
          10,
          () => `lane ${lane} was attempted after its receiver said that it is gone`,
        );
        judge.check(
          !flight.careful || ledger.noted(delivery.number),
          18,
          () => `delivery ${number} may have ended a process and is attempted again without a note`,
        );
        checkTime(station, delivery, attempt);
        checkOrder(station, delivery);
        if (isCalm()) classes.started(station, delivery);
        pace.started(lane);
      }
      judge.check(
        headers.get("webhook-id") === event.id,
        8,
        () => `delivery ${number} goes out as ${headers.get("webhook-id")} instead of ${event.id}`,
      );
      const sequence = delivery.sequence === null ? undefined : String(delivery.sequence);
      judge.check(
        headers.get("belfry-sequence") === sequence,
        36,
        () => `delivery ${number} goes out as number ${headers.get("belfry-sequence")} instead of ${sequence}`,
      );
      const superseded = new Set(
        ledger.ofLane(lane).flatMap((each) => (each.state === "superseded" ? (each.sequence ?? []) : [])),
      );
      for (const { from, to } of skippedBy(Object.fromEntries(headers))) {
        for (let each = from; each <= to; each++) {
          const isSo = superseded.has(each) && each < (delivery.sequence ?? 0);
          judge.check(isSo, 36, () => `delivery ${number} calls number ${each} superseded, which it is not`);
        }
      }
      judge.check(!flight.body.includes(deps.marker), 11, () => `the body of delivery ${number} carries a secret`);
      checkCaps(station, lane, flight);
      station.flights.add(flight);
      flights.push(flight);
      return flight;
    },

    arrived({ delivery, body, bytes }) {
      judge.check(
        Buffer.from(bytes).toString() === body,
        8,
        () => `the body of delivery ${delivery.number} was changed on its way`,
      );
    },

    told(flight, outcome, retryAfterMs) {
      const { life, delivery, attempt } = flight;
      const station = stationOf(life);
      const now = { least: station.time.least(), most: station.time.most() };
      const isOutdated = flight.began <= (openedAt.get(delivery.lane) ?? -Infinity);
      const asAsked = consequenceOf(outcome, attempt, retryAfterMs, flight.delays, settings, now);
      const { from } = consequenceOf(outcome, attempt, null, flight.delays, settings, now);
      pace.told(delivery.lane, outcome, retryAfterMs);
      const isDelivered = outcome.code === "delivered";
      // What succeeds for a process that was cut off, its successor never learns.
      if (!isDelivered || !(isOutdated || life.fenced)) failing.told(delivery.lane, isDelivered);
      const expected = isOutdated ? { ...asAsked, from, delay: null } : asAsked;
      flight.told = { outcome, expected };
      station.dangerous.delete(delivery);
      const versions = versionsOf(delivery.lane);
      // An attempt to an endpoint that was replaced meanwhile says nothing about the lane's receiver.
      if (isOutdated) {
        mannerOf(station, delivery.lane).isCertain = false;
        if (expected.state !== "delivered") excuse(delivery.lane, Math.max(asAsked.pauseMs, longestProbe(settings)));
        return;
      }
      const success = expected.state === "delivered";
      const { pauseMs } = expected;
      const lesson = { success, probe: flight.probe, tookMs: timeline.now() - flight.began, pauseMs };
      learn(mannerOf(station, delivery.lane), lesson, timeline.now(), timeline.leapt(), settings);
      if (!success) excuse(delivery.lane, Math.max(pauseMs, longestProbe(settings)));
      if (outcome.code === "gone" && versions.length === 1) station.gone.add(delivery.lane);
    },

    booked(life, delivery, settlement) {
      const { attempt, outcome, next, startedAt } = settlement;
      const what = `attempt ${attempt} of delivery ${delivery.number}`;
      const flight = flights.findLast(
        (each) => each.life === life && each.delivery === delivery && each.attempt === attempt,
      );
      if (flight?.told == null) {
        judge.fail(7, `${what} was booked without a request that has ended`);
        return false;
      }
      if (flight.booked) return false;
      flight.booked = true;
      stationOf(life).flights.delete(flight);
      const { outcome: told, expected } = flight.told;
      judge.check(
        told.code === outcome.code && told.status === outcome.status && startedAt === flight.startedAt,
        7,
        () => `${what} was booked as ${outcome.code} ${outcome.status}, it was ${told.code} ${told.status}`,
      );
      if ("state" in next) {
        judge.check(
          next.state === expected.state,
          expected.state === null ? 5 : 3,
          () => `${what} made it ${next.state}, it should be ${expected.state ?? "tried again"}`,
        );
      } else {
        judge.check(expected.state === null, 5, () => `${what} is to be tried again, it should be ${expected.state}`);
        judge.check(
          next.due >= expected.from && next.due <= expected.until,
          6,
          () =>
            `after ${what} (${outcome.code}) the next is due in ${next.due - expected.base} ms, it should be ${expected.from - expected.base} to ${expected.until - expected.base}`,
        );
        if (expected.delay !== null) ratios.push((next.due - expected.base) / expected.delay);
      }
      return true;
    },
    calmSince: Infinity,
    ratios,
    pace,
    failing,
  };
  return wire;
}

const numberOf = (headers: ReadonlyMap<string, string>): number =>
  Number(headers.get("belfry-delivery")?.slice("delivery_".length));
