// The ledger as it must be, from what was committed and nothing else: events, what they owe, attempts, subscriptions.
// Judges every transaction when it is committed.

import { isDeepStrictEqual } from "node:util";
import type { Change } from "../../../src/store/registry.ts";
import type {
  Acceptance,
  AcceptResult,
  AcceptedEntry,
  FoldProgress,
  NewEvent,
  NewObservation,
  Receipt,
} from "../../../src/store/acceptance.ts";
import type { ReplayedDelivery, Settlement } from "../../../src/store/owed.ts";
import type { Ownership } from "../../../src/store/ownership.ts";
import type { Pruned, PruneBefore } from "../../../src/store/removal.ts";
import type { ChangeResult } from "../../../src/store/registry.ts";
import type { DeliveryClass, DeliveryState } from "../../../src/model/delivery.ts";
import { classNumber } from "../../../src/store/codes.ts";
import type { Replay } from "../../../src/model/replay.ts";
import type { Advanced, ReplaySlice } from "../../../src/store/replays.ts";
import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import type { Epoch } from "../../../src/store/shards.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import type { DatabaseSync } from "node:sqlite";
import type { Deed, Life } from "../host.ts";
import type { Offers } from "../offers.ts";
import type { Judge } from "./judge.ts";
import { createLineFacts, type LineFacts } from "./lines.ts";
import { createMinuteFacts, type MinuteFacts } from "./minutes.ts";
import { organization as hall } from "../sensing/hall.ts";
import type { HealthFacts } from "./health.ts";
import type { SensingFacts } from "./sensing.ts";
import { createStateFacts, type StateFacts } from "./states.ts";
import { createReplayFacts, type ReplayFacts } from "./replays.ts";
import { createSequenceFacts, type SequenceFacts } from "./sequences.ts";
import { createValues } from "./values.ts";
import type { Wire } from "./wire.ts";

export interface EventFact {
  readonly number: number;
  readonly id: string;
  readonly organization: string;
  readonly acceptedAt: number;
  readonly subject: string;
  readonly type: string;
  /** Moment of sensing. */
  readonly at: number;
  readonly body: string;
}

export interface DeliveryFact {
  readonly number: number;
  readonly lane: number;
  readonly event: EventFact;
  readonly variant: number;
  /** As `belfry-sequence` must say it. */
  readonly sequence: number | null;
  class: DeliveryClass;
  /** Attempts booked. */
  attempts: number;
  /** When it must not be attempted earlier, epoch ms. */
  due: number;
  /** When it may be attempted at the latest: overdue retries are spread when the owner changes. */
  dueLatest: number;
  /** Monotonic ms of the commit that made it owed, or due again. */
  since: number;
  state: "owed" | "quarantined" | Exclude<DeliveryState, "pending" | "held">;
  /** Monotonic ms of the commit that made it owed at first, and of the one with which it was owed no more; null: it is. */
  readonly bornAt: number;
  endedAt: number | null;
  /** What it stands in line with, where its lane keeps order. */
  readonly line: string;
  /** By attempt: what was booked. */
  readonly booked: Settlement[];
}

/** By then a process has the answer of the store to what it asked before, ms. */
const answeredAfter = 60_000;

/** It has a row of what is owed. */
export const isHere = ({ state }: DeliveryFact): boolean => state === "owed" || state === "quarantined";

export interface LedgerFacts {
  readonly events: Map<number, EventFact>;
  readonly deliveries: Map<number, DeliveryFact>;
  /** All that this lane ever was owed. */
  readonly ofLane: (lane: number) => readonly DeliveryFact[];
  /** As committed; removed ones are not in it. */
  readonly subscriptions: Map<number, Subscription>;
  readonly epoch: () => number;
  readonly minutes: Pick<MinuteFacts, "check">;
  readonly replays: Pick<ReplayFacts, "open" | "check">;
  readonly sequences: Pick<SequenceFacts, "last">;
  readonly lines: LineFacts;
  readonly states: StateFacts;
  committed(deeds: readonly Deed[]): void;
  /** The plain form of a change that is on its way. */
  announce(change: Change): void;
  position(): number;
  folded(): number;
  /** Whether this delivery is noted as one that may end the process. */
  noted(delivery: number): boolean;
  /** It expired a moment ago, and this process had noted it before: it goes, since the process could not know. */
  mayGoStill(delivery: DeliveryFact, life: Life): boolean;
  /** How many are. */
  marked(): number;
  /** Deliveries made by `resend`. */
  resent(): number;
}

export function createLedgerFacts(
  judge: Judge,
  offers: Offers,
  settings: Pick<DeliverySettings, "retryDelays" | "jitter">,
  wire: () => Wire,
  truth: () => DatabaseSync,
  now: () => number,
  sensing: SensingFacts,
  health: HealthFacts,
  ordered: boolean,
): LedgerFacts {
  const events = new Map<number, EventFact>();
  const deliveries = new Map<number, DeliveryFact>();
  const byLane = new Map<number, DeliveryFact[]>();
  const subscriptions = new Map<number, Subscription>();
  const removed = new Set<number>();
  const keys = new Set<string>();
  const values = createValues();
  const sequences = createSequenceFacts(judge);
  const minutes = createMinuteFacts(judge, truth);
  const replays = createReplayFacts({
    judge,
    events,
    deliveries,
    ofLane: (lane) => byLane.get(lane) ?? [],
    subscriptions,
  });
  const lines = createLineFacts({ judge, now, ordered });
  const states = createStateFacts({ judge, now, ofLane: (lane) => byLane.get(lane) ?? [] });
  const firstLogged = (): number =>
    Number(truth().prepare("select ifnull(min(position), 9e15) as first from observation").get()!["first"]);
  const classOf = {
    get: (number: number) => truth().prepare("select class from delivery where number = ?").get(number),
  };
  /** Noted deliveries: by which process last, and how many ended out of order after their note. */
  const noted = new Map<number, { readonly by: Life; readonly ends: number }>();
  /** The owner gave the ownership up in order. */
  let released = true;
  const plain = new WeakMap<object, Change>();
  let owner: Life | null = null;
  let epoch = 0;
  let position = 0;
  /** The highest number that an observation or a ready-made entry has: both count in one row. */
  let numbered = 0;
  let folded = 0;
  let resent = 0;

  function owe(
    number: number,
    deliveryClass: DeliveryClass,
    due: number,
    given: Pick<DeliveryFact, "lane" | "event" | "variant">,
  ): void {
    const { lane, event, variant } = given;
    const sequence = sequences.of(lane, event.number);
    judge.check(!deliveries.has(number), 2, () => `delivery number ${number} was given out twice`);
    const times = { due, dueLatest: due, wait: 0, since: now(), bornAt: now() };
    let state: DeliveryFact["state"] = "owed";
    const fact: DeliveryFact = {
      number,
      lane,
      event,
      variant,
      sequence,
      class: deliveryClass,
      attempts: 0,
      ...times,
      get state() {
        return state;
      },
      set state(next) {
        state = next;
        fact.endedAt ??= now();
      },
      endedAt: null,
      line: `${deliveryClass} ${event.subject}`,
      booked: [],
    };
    deliveries.set(number, fact);
    lines.owed(fact);
    const ofLane = byLane.get(lane);
    if (ofLane === undefined) byLane.set(lane, [fact]);
    else ofLane.push(fact);
  }

  function mustOwn(life: Life, given: unknown, verb: string): void {
    const { number, shards } = given as Epoch;
    judge.check(
      number === epoch && shards === "all" && life === owner,
      13,
      () =>
        `process ${life.id} wrote ${verb} in epoch ${number} of shards ${String(shards)}; the owner is process ${owner?.id} in epoch ${epoch}`,
    );
  }

  function acceptOne(
    organization: string,
    event: NewEvent,
    receipt: Extract<AcceptResult, { status: "done" }>["receipts"][number],
  ): void {
    const name = event.idempotencyKey === null ? event.key : event.idempotencyKey.id;
    const offer =
      event.idempotencyKey === null ? offers.observed(organization, event) : offers.accepting(organization, event);
    if (offer === null) return judge.fail(1, `event ${name} of ${organization} was never offered`);
    if (receipt.status === "reused") {
      return judge.check(
        offer.accepted !== null && offer.accepted !== event.body,
        1,
        () => `event ${name} was called reused, but it was not`,
      );
    }
    if (receipt.status === "duplicate") {
      const known =
        event.idempotencyKey === null ? keys.has(`${organization} ${event.key}`) : offer.accepted === event.body;
      return judge.check(known, 1, () => `event ${name} was called a duplicate, but is not in the ledger`);
    }
    judge.check(offer.accepted === null, 1, () => `event ${name} was accepted twice`);
    offer.accepted = event.body;
    if (event.key !== null) keys.add(`${organization} ${event.key}`);
    const fact: EventFact = {
      number: receipt.number,
      id: event.id,
      organization,
      acceptedAt: event.acceptedAt,
      subject: event.subject,
      type: event.type,
      at: event.at,
      body: event.body,
    };
    judge.check(!events.has(receipt.number), 1, () => `event number ${receipt.number} was given out twice`);
    events.set(receipt.number, fact);

    const expected = new Map<number, number>();
    for (const subscription of subscriptions.values()) {
      const variant = subscription.organization === organization ? offer.variantFor(subscription) : null;
      if (variant !== null) expected.set(subscription.number, variant);
    }
    const changed = values.changes(organization, event);
    for (const [index, { lane, variant, onChange }] of event.deliveries.entries()) {
      const number = receipt.deliveries[index]!;
      judge.check(
        expected.get(lane) === variant,
        2,
        () => `event ${name} is owed to lane ${lane} (variant ${variant}), who did not subscribe it so`,
      );
      expected.delete(lane);
      judge.check(
        (number !== 0) === (!onChange || changed),
        2,
        () => `event ${name}: lane ${lane} wants changes only, changed ${changed}, delivery ${number}`,
      );
      if (number === 0) continue;
      sequences.given(lane, fact.number, receipt.sequences[index]!);
      owe(number, "live", event.acceptedAt, { lane, event: fact, variant });
    }
    // Subscriptions of the simulation ask for no repeats.
    judge.check(receipt.repeats.length === 0, 2, () => `event ${name} repeats others, and nobody asked for that`);
    judge.check(
      expected.size === 0,
      2,
      () => `event ${name} is not owed to lanes ${[...expected.keys()].join(", ")}, who subscribed it`,
    );
  }

  function settle(life: Life, settlement: Settlement): void {
    const { delivery: number, attempt, next } = settlement;
    const delivery = deliveries.get(number);
    if (delivery === undefined)
      return judge.fail(7, `attempt ${attempt} of delivery ${number}, which is not there, was booked`);
    if (!wire().booked(life, delivery, settlement)) return;
    if (attempt !== delivery.attempts + 1)
      return judge.fail(5, `attempt ${attempt} of delivery ${number} was booked after ${delivery.attempts}`);
    delivery.attempts = attempt;
    delivery.booked.push(settlement);
    noted.delete(number);
    if (delivery.state !== "owed") {
      return judge.check(
        delivery.state === "cancelled" || delivery.state === "expired",
        3,
        () => `delivery ${number} was attempted after it was ${delivery.state}`,
      );
    }
    if ("due" in next) {
      [delivery.due, delivery.dueLatest, delivery.since] = [next.due, next.due, now()];
      if (delivery.class === "live") delivery.class = "retry";
      const stored = classOf.get(number)?.["class"];
      judge.check(
        stored === classNumber[delivery.class],
        14,
        () => `delivery ${number} is a ${delivery.class} after its attempt, but is stored as class ${String(stored)}`,
      );
    } else delivery.state = next.state;
  }

  function cancel(lane: number, count: number): void {
    const left = new Set(
      truth()
        .prepare("select number from delivery where lane = ?")
        .all(lane)
        .map((row) => Number(row["number"])),
    );
    let ended = 0;
    for (const delivery of deliveries.values()) {
      if (delivery.lane !== lane || !isHere(delivery) || left.has(delivery.number)) continue;
      delivery.state = "cancelled";
      ended++;
    }
    judge.check(ended === count, 3, () => `${count} deliveries of lane ${lane} were called cancelled, ${ended} were`);
    judge.check(
      removed.has(lane) || count === 0,
      3,
      () => `deliveries of lane ${lane} were cancelled though its subscription is there`,
    );
  }

  /** Those of the lane that are gone without another reason. */
  function supersede(life: Life, lane: number): void {
    const here = truth().prepare("select 1 from delivery where number = ?");
    const gone = (byLane.get(lane) ?? []).filter((each) => isHere(each) && here.get(each.number) === undefined);
    states.superseded(gone, wire().stationOf(life).flights);
    for (const delivery of gone) delivery.state = "superseded";
  }

  /** Those that are stored as due then, and were due later. */
  function hastened(lane: number, of: DeliveryClass, at: number, count: number): void {
    const stored = truth().prepare("select number from delivery where lane = ? and class = ? and due = ?");
    let changed = 0;
    for (const row of stored.all(lane, classNumber[of], at)) {
      const delivery = deliveries.get(Number(row["number"]));
      if (delivery === undefined || delivery.dueLatest <= at) continue;
      changed++;
      const { number, booked } = delivery;
      judge.check(delivery.state === "owed", 32, () => `delivery ${number} is ${delivery.state} and was made due`);
      judge.check(
        Math.floor(booked.at(-1)?.startedAt ?? 0) <= at,
        32,
        () => `delivery ${number} has failed since its owner asked, and was made due once more`,
      );
      [delivery.due, delivery.dueLatest, delivery.since] = [Math.min(delivery.due, at), at, now()];
    }
    // One whose time was spread at a start may have been due by chance.
    judge.check(count === changed, 32, () => `${count} deliveries of lane ${lane} were made due, ${changed} were`);
  }

  function forget({ events: before }: PruneBefore, forgotten: Pruned): void {
    const first = Number(truth().prepare("select ifnull(min(number), 9e15) as first from event").get()!["first"]);
    let expired = 0;
    for (const event of events.values()) {
      if (event.number >= first) break;
      judge.check(event.acceptedAt < before, 1, () => `event ${event.number} was forgotten before its time`);
      events.delete(event.number);
    }
    for (const delivery of deliveries.values()) {
      if (events.has(delivery.event.number) || delivery.state === "expired") continue;
      if (isHere(delivery)) {
        delivery.state = "expired";
        expired++;
      }
    }
    judge.check(
      expired === forgotten.expired,
      3,
      () => `${forgotten.expired} deliveries were called expired, ${expired} were`,
    );
  }

  function change(given: { readonly audit: object; readonly organization: string }, result: ChangeResult): void {
    const made = plain.get(given.audit);
    if (result.status !== "done") return;
    if (made === undefined) return judge.fail(10, "a change was written that nobody asked for");
    if (made.model !== undefined && made.organization === hall) sensing.moved(made.model.document);
    for (const subscription of made.put ?? []) {
      removed.delete(subscription.number);
      const before = subscriptions.get(subscription.number) ?? null;
      judge.check(
        !before?.paused ||
          Boolean(subscription.paused) ||
          made.audit.some(({ action }) => action === "subscription.resume"),
        30,
        () => `lane ${subscription.number} was paused and goes on, though nobody resumed it`,
      );
      values.changed(before, subscription);
      replays.changed(subscription.number);
      lines.changed(before, subscription);
      states.changed(before, subscription);
      subscriptions.set(subscription.number, subscription);
    }
    for (const number of made.remove ?? []) {
      values.changed(subscriptions.get(number) ?? null, null);
      if (subscriptions.delete(number)) removed.add(number);
    }
  }

  /** Due times at a change of owner: overdue retries are spread, and none waits longer than its own delay, whatever the
   * clock was before. */
  function postpone(at: number, spread: number): void {
    for (const delivery of deliveries.values()) {
      if (delivery.state !== "owed" || delivery.attempts === 0) continue;
      const { retryDelays } = subscriptions.get(delivery.lane)?.lane ?? { retryDelays: [] };
      const latest = at + longestWait(retryDelays ?? settings.retryDelays, delivery.attempts);
      delivery.due = Math.min(delivery.due, latest);
      delivery.dueLatest = Math.min(delivery.dueLatest, latest);
      if (delivery.dueLatest <= at) delivery.dueLatest = at + spread;
    }
  }

  const longestWait = (delays: readonly number[], attempts: number): number =>
    Math.ceil((delays[attempts - 1] ?? Math.max(0, ...delays)) * (1 + settings.jitter));

  /** Held from now on: those that were noted at two ends, and under way at the one before that made the owner careful. */
  function quarantine(quarantined: readonly number[]): void {
    const guilty: number[] = [];
    for (const [number, { by, ends }] of noted) {
      const delivery = deliveries.get(number);
      if (delivery === undefined || !isHere(delivery)) noted.delete(number);
      else if (by !== owner) continue;
      else if (ends + 1 < 2) noted.set(number, { by, ends: ends + 1 });
      else guilty.push(number);
    }
    judge.check(
      guilty.toSorted().join() === quarantined.toSorted().join(),
      18,
      () => `held is ${quarantined.join(", ") || "nothing"}, it should be ${guilty.join(", ") || "nothing"}`,
    );
    for (const number of quarantined) {
      noted.delete(number);
      const delivery = deliveries.get(number);
      if (delivery !== undefined) delivery.state = "quarantined";
    }
  }

  const apply: Record<string, (deed: Deed) => void> = {
    accept({ life, given, result }) {
      const [acceptances, fold, readyMade = []] = given as readonly [
        readonly Acceptance[],
        FoldProgress | null,
        (readonly AcceptedEntry[])?,
      ];
      const { status, ...done } = result as AcceptResult;
      if (fold !== null) mustOwn(life, fold.epoch, "accept");
      if (status === "stale") return;
      const all = (done as { readonly receipts: Extract<AcceptResult, { status: "done" }>["receipts"] }).receipts;
      const receipts = all.values();
      numbered += readyMade.filter(
        ({ event, entry }) => !("statusOf" in entry) && all[event]?.status === "accepted",
      ).length;
      if (fold !== null) {
        // Time alone ends minutes, too: then the position stays.
        judge.check(
          fold.position >= folded && fold.position <= position && fold.rereadFrom <= fold.position,
          1,
          () => `the fold went from ${folded} to ${fold.position}, the log reaches ${position}`,
        );
        folded = fold.position;
        minutes.written(fold.minutes);
      }
      const sensed: NewEvent[] = [];
      const changes: (readonly [string, NewEvent])[] = [];
      let duplicates = 0;
      for (const { organization, events } of acceptances) {
        for (const event of events) {
          const receipt = receipts.next().value!;
          acceptOne(organization, event, receipt);
          const isHealth = event.key !== null && event.type.endsWith("_HEALTH");
          if (isHealth && receipt.status === "accepted") changes.push([organization, event]);
          else if (isHealth && organization !== hall) duplicates++;
          if (organization !== hall || event.key === null) continue;
          if (receipt.status === "accepted") sensed.push(event);
          else duplicates++;
        }
      }
      if (fold === null) return;
      sensing.folded(sensed, duplicates, fold);
      health.folded(fold.position, changes);
    },
    appendObservations({ given, result }) {
      const [observations] = given as readonly [readonly NewObservation[]];
      for (const [index, receipt] of (result as readonly Receipt[]).entries()) {
        if (receipt.status !== "accepted") continue;
        judge.check(receipt.number === numbered + 1, 1, () => `observation ${receipt.number} follows ${numbered}`);
        [position, numbered] = [receipt.number, receipt.number];
        offers.logged(receipt.number, observations[index]!);
        health.logged(receipt.number, observations[index]!);
        if (observations[index]!.organization === hall) sensing.logged(receipt.number, observations[index]!);
      }
    },
    acquire({ life, given, result }) {
      const next = (result as Ownership).epoch.number;
      judge.check(next > epoch, 13, () => `process ${life.id} became owner in epoch ${next} after epoch ${epoch}`);
      const [at, spread] = given as readonly [number, number];
      postpone(at, spread);
      // An end in order convicts nobody, and clears those who were suspected.
      if (released) noted.clear();
      else quarantine((result as Ownership).quarantined);
      wire().takenOver(life, owner, at, !released);
      sensing.acquired();
      health.acquired();
      [epoch, owner, released] = [next, life, false];
    },
    release({ life, given }) {
      mustOwn(life, given[0], "release");
      released = true;
    },
    markStarted({ life, given, result }) {
      mustOwn(life, given[0], "markStarted");
      const asked = given[1] as readonly number[];
      const owed = asked.filter((each) => isHere(deliveries.get(each)!));
      judge.check(isDeepStrictEqual(result, owed), 3, () => `of ${asked.join()} ${String(result)} are said to be owed`);
      for (const delivery of owed) {
        noted.set(delivery, { by: life, ends: noted.get(delivery)?.ends ?? 0 });
      }
    },
    clearMark({ life, given }) {
      mustOwn(life, given[0], "clearMark");
      for (const delivery of given[1] as readonly number[]) noted.delete(delivery);
    },
    remember: ({ life, given }) => mustOwn(life, given[0], "remember"),
    readDue({ life, given, result }) {
      mustOwn(life, given[0], "readDue");
      const read = result as readonly { readonly lane: number; readonly superseded: number }[];
      for (const lane of new Set(read.filter(({ superseded }) => superseded > 0).map((each) => each.lane))) {
        supersede(life, lane);
      }
    },
    supersede({ life, given }) {
      mustOwn(life, given[0], "supersede");
      supersede(life, given[1] as number);
    },
    spill: ({ life, given }) => mustOwn(life, given[0], "spill"),
    settle({ life, given }) {
      mustOwn(life, given[0], "settle");
      for (const settlement of given[1] as readonly Settlement[]) settle(life, settlement);
    },
    cancel({ life, given, result }) {
      mustOwn(life, given[0], "cancel");
      cancel(given[1] as number, result as number);
    },
    hasten({ life, given, result }) {
      mustOwn(life, given[0], "hasten");
      const [, lane, of, at] = given as readonly [Epoch, number, DeliveryClass, number];
      hastened(lane, of, Math.floor(at), result as number);
    },
    hastenOne({ life, given, result }) {
      mustOwn(life, given[0], "hastenOne");
      const [, number, at] = given as readonly [Epoch, number, number];
      const delivery = deliveries.get(number);
      if (result === null) return;
      if (delivery?.state !== "owed") return judge.fail(32, `delivery ${number} is not owed and was made due`);
      [delivery.due, delivery.dueLatest, delivery.since] = [Math.min(delivery.due, at), at, now()];
    },
    prune({ life, given, result }) {
      mustOwn(life, given[0], "prune");
      forget(given[1] as PruneBefore, result as Pruned);
      if ((result as Pruned).observations > 0) sensing.pruned(firstLogged());
      if ((result as Pruned).minuteHours > 0) minutes.pruned((given[1] as PruneBefore).minutes);
    },
    resend({ given, result }) {
      const again = result as { readonly number: number; readonly lane: number } | null;
      if (again === null) return;
      const old = deliveries.get(given[0] as number);
      if (old === undefined || old.lane !== again.lane || removed.has(again.lane)) {
        return judge.fail(2, `delivery ${String(given[0])} was owed again to lane ${again.lane}`);
      }
      resent++;
      if (old.state === "quarantined") old.state = "cancelled";
      owe(again.number, "retry", Math.floor(given[1] as number), old);
    },
    replay({ given, result }) {
      const [replayed, at] = given as readonly [readonly ReplayedDelivery[], number];
      for (const [index, { event: number, lane, variant }] of replayed.entries()) {
        const made = (result as readonly number[])[index]!;
        const event = events.get(number);
        judge.check(
          made !== 0 || event === undefined || removed.has(lane),
          2,
          () => `event ${number} was not replayed to lane ${lane}, and both are there`,
        );
        if (made === 0) continue;
        if (event === undefined || removed.has(lane))
          return judge.fail(2, `event ${number} was replayed to lane ${lane}, and one of them is gone`);
        owe(made, "replay", Math.floor(at), { lane, event, variant });
      }
    },
    addReplay: ({ result }) => replays.added(result as Replay),
    advanceReplay({ life, given, result }) {
      mustOwn(life, given[0], "advanceReplay");
      if (result === null) return;
      const { replay, deliveries: made } = result as Advanced;
      const slice = given[1] as ReplaySlice;
      for (const [index, { event: number, variant }] of slice.deliveries.entries()) {
        const event = events.get(number);
        const isAdded = made[index] !== 0;
        const isThere = event !== undefined && !removed.has(replay.lane);
        judge.check(isAdded === isThere, 31, () => `event ${number} was ${isAdded ? "" : "not "}added by ${replay.id}`);
        if (!isAdded || event === undefined) continue;
        owe(made[index]!, "replay", Math.floor(given[2] as number), { lane: replay.lane, event, variant });
      }
      replays.advanced(slice, made, replay);
    },
    cancelReplayed({ life, given, result }) {
      mustOwn(life, given[0], "cancelReplayed");
      if (result === null) return;
      const here = truth().prepare("select 1 from delivery where number = ?");
      replays.cancelled(result as Replay, (delivery) => here.get(delivery) !== undefined);
    },
    change: ({ given, result }) => change(given[0] as { audit: object; organization: string }, result as ChangeResult),
  };

  return {
    events,
    deliveries,
    ofLane: (lane) => byLane.get(lane) ?? [],
    subscriptions,
    minutes,
    replays,
    sequences,
    lines,
    states,
    epoch: () => epoch,
    position: () => position,
    folded: () => folded,
    noted: (delivery) => noted.has(delivery),
    mayGoStill: ({ number, state, endedAt }, life) =>
      state === "expired" && noted.get(number)?.by === life && now() - (endedAt ?? 0) < answeredAfter,
    marked: () => noted.size,
    resent: () => resent,
    committed(deeds) {
      for (const deed of deeds) apply[deed.verb]?.(deed);
    },
    announce: (change) => void plain.set(change.audit, change),
  };
}
