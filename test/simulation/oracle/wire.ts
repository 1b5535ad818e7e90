// What goes over the wire, judged when it goes: may this attempt start, is it what was promised, and does what is booked
// of it afterwards follow from what the receiver did.

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { consequenceOf, type Expected } from "./schedule.ts";
import { type DeliverySettings } from "../../../src/delivery/settings.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import type { DeliveryRequest } from "../../../src/delivery/request.ts";
import type { Settlement } from "../../../src/store/ledger.ts";
import type { Life } from "../host.ts";
import type { Timeline } from "../timeline.ts";
import type { EngineTime } from "./engine-time.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact, LedgerFacts } from "./ledger.ts";

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
  /** By lane: monotonic ms before which nothing may start. */
  readonly paused: Map<number, number>;
  /** Lanes whose receiver has said that it is gone. */
  readonly gone: Set<number>;
  /** By lane: the youngest event of which a first attempt was started. */
  readonly youngest: Map<number, DeliveryFact>;
  stopping: boolean;
}

export interface Wire {
  readonly flights: readonly Flight[];
  stationOf(life: Life): Station;
  /** What the process may take for true of a lane: null stands for a removed subscription. */
  known(lane: number): readonly (Subscription | null)[];
  /** A change of the lane is under way, or became known. */
  changing(lane: number, to: Subscription | null): void;
  changed(lane: number, to: Subscription | null): void;
  /** A process has read everything anew. */
  reread(): void;
  started(life: Life, request: DeliveryRequest): Flight | null;
  arrived(flight: Flight): void;
  told(flight: Flight, outcome: Outcome, retryAfterMs: number | null): void;
  /** Whether the settlement is new. */
  booked(life: Life, delivery: DeliveryFact, settlement: Settlement): boolean;
  /** When the storm ended, monotonic; Infinity while it lasts. */
  calmSince: number;
  readonly ratios: number[];
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

export function createWire(deps: WireDeps): Wire {
  const { timeline, judge, ledger, settings, stations } = deps;
  const flights: Flight[] = [];
  const known = new Map<number, (Subscription | null)[]>();
  const keys = new Map<string, KeyObject>();
  const hosts = new Map<string, string>();
  const ratios: number[] = [];

  const stationOf = (life: Life): Station => stations.get(life)!;
  const versionsOf = (lane: number): (Subscription | null)[] => known.get(lane) ?? [];

  const hostOf = (url: string): string => {
    let host = hosts.get(url);
    if (host === undefined) hosts.set(url, (host = new URL(url).host));
    return host;
  };

  const keyOf = (secret: string): KeyObject => {
    let key = keys.get(secret);
    if (key === undefined) keys.set(secret, (key = createSecretKey(secret.slice("whsec_".length), "base64")));
    return key;
  };

  /** Why the request cannot be one of this version of the subscription; null: it can. */
  function objection(
    request: DeliveryRequest,
    headers: Map<string, string>,
    version: Subscription | null,
  ): string | null {
    if (version === null) return "its subscription is removed";
    if (version.state !== "active") return "its subscription is disabled";
    const { url, apiKey, basicAuth, timeoutMs } = version.endpoint;
    if (request.url !== url) return `its subscription points to ${url}, it goes to ${request.url}`;
    if (request.timeoutMs !== timeoutMs) return "it has another deadline than its subscription";
    if (apiKey !== null && headers.get(apiKey.name) !== apiKey.value) return "it lacks the API key";
    if (basicAuth !== null) {
      const credentials = Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString("base64");
      if (headers.get("authorization") !== `Basic ${credentials}`) return "it lacks the basic authentication";
    }
    for (const [name, value] of headers) {
      const own = name === apiKey?.name || (basicAuth !== null && name === "authorization");
      if (!own && value.includes(deps.marker)) return `header ${name} carries a secret`;
    }
    const wall = timeline.wall();
    const timestamp = Number(headers.get("webhook-timestamp"));
    if (Math.abs(timestamp * 1000 - wall) > 5000) return `its timestamp is ${timestamp}, the time ${wall / 1000}`;
    const head = `${headers.get("webhook-id")}.${timestamp}.`;
    const wanted = version.signingSecrets
      .filter(({ until }) => until === null || until > wall)
      .map(
        ({ secret }) => `v1,${createHmac("sha256", keyOf(secret)).update(head).update(request.body).digest("base64")}`,
      );
    const given = (headers.get("webhook-signature") ?? "").split(" ");
    if (!wanted.every((each) => given.includes(each))) return "its signature is missing or wrong";
    if (given.length !== wanted.length) return "it is signed with a secret that has ended";
    return null;
  }

  function checkCaps(station: Station, lane: number, flight: Flight): void {
    const { caps } = settings;
    let [ofLane, ofOrganization, ofHost] = [1, 1, 1];
    for (const other of station.flights) {
      if (other.told !== null) continue;
      if (other.delivery.lane === lane) ofLane++;
      if (other.organization === flight.organization) ofOrganization++;
      if (other.host === flight.host) ofHost++;
    }
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

  /** First attempts start in the order of acceptance. */
  function checkOrder(station: Station, delivery: DeliveryFact): void {
    if (delivery.attempts > 0) return;
    const before = station.youngest.get(delivery.lane);
    if (before === undefined || delivery.number > before.number) station.youngest.set(delivery.lane, delivery);
    else
      judge.check(
        !deps.ordered,
        16,
        () => `delivery ${delivery.number} starts after ${before.number}, which came later`,
      );
  }

  function checkTime(station: Station, delivery: DeliveryFact, attempt: number): void {
    const { due, dueLatest, number, lane, since } = delivery;
    const most = station.time.most();
    const least = station.time.least();
    const first = delivery.attempts === 0;
    judge.check(
      first || most + 2 >= due,
      6,
      () => `attempt ${attempt} of delivery ${number} starts ${due - most} ms before it is due`,
    );
    const pause = station.paused.get(lane) ?? 0;
    judge.check(
      timeline.now() + 2 >= pause,
      6,
      () => `lane ${lane} was told to wait ${pause - timeline.now()} ms longer`,
    );
    const waited = timeline.now() - Math.max(wire.calmSince, pause, since);
    const late = first ? waited : Math.min(least - dueLatest, waited);
    judge.check(
      late <= deps.patience,
      12,
      () => `attempt ${attempt} of delivery ${number} starts ${late} ms late in the calm`,
    );
  }

  const wire: Wire = {
    flights,
    stationOf,
    known: versionsOf,
    changing(lane, to) {
      const versions = versionsOf(lane);
      known.set(lane, [...versions, to]);
    },
    changed(lane, to) {
      known.set(lane, [to]);
      for (const station of stations.values()) station.gone.delete(lane);
    },
    reread() {
      for (const lane of new Set([...known.keys(), ...ledger.subscriptions.keys()])) {
        known.set(lane, [ledger.subscriptions.get(lane) ?? null]);
      }
    },

    started(life, request) {
      const station = stationOf(life);
      const headers = new Map(request.headers);
      const attempt = Number(headers.get("belfry-attempt"));
      const number = Number(headers.get("belfry-delivery")?.slice("delivery_".length));
      const delivery = ledger.deliveries.get(number);
      if (delivery === undefined) {
        judge.fail(1, `delivery ${number} was attempted before it was durable`);
        return null;
      }
      const { lane, event } = delivery;
      const versions = versionsOf(lane);
      const subscription = versions.find((each) => each !== null);
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
          delivery.state === "owed",
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
        checkTime(station, delivery, attempt);
        checkOrder(station, delivery);
      }
      judge.check(
        headers.get("webhook-id") === event.id,
        8,
        () => `delivery ${number} goes out as ${headers.get("webhook-id")} instead of ${event.id}`,
      );
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
      const expected = consequenceOf(outcome, attempt, retryAfterMs, flight.delays, settings, now);
      flight.told = { outcome, expected };
      if (expected.pauseMs > 0) {
        const until = timeline.now() + expected.pauseMs;
        station.paused.set(delivery.lane, Math.max(station.paused.get(delivery.lane) ?? 0, until));
      }
      const versions = versionsOf(delivery.lane);
      if (outcome.code === "gone" && versions.length === 1 && versions[0]?.endpoint.url === flight.url) {
        station.gone.add(delivery.lane);
      }
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
  };
  return wire;
}

/** Variant 1 and 2 say how the owner calls an entry of a door; the simulation writes it in one way only. */
function expectedBody(body: string, variant: number): string {
  if (variant === 0) return body;
  return body.replace(
    /"resource_type":"[a-z_]+"/,
    `"resource_type":"${variant === 1 ? "access_log" : "door_release"}"`,
  );
}
