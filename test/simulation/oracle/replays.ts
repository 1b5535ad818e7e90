// Replay jobs as they must be: each sends an event once, all events of its time that the lane was owed, and none outside of it;
// of one that was cancelled nothing is owed.

import type { Replay } from "../../../src/model/replay.ts";
import type { Subscription } from "../../../src/model/subscription.ts";
import type { ReplaySlice } from "../../../src/store/replays.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact, EventFact } from "./ledger.ts";

export interface ReplayFacts {
  added(replay: Replay): void;
  /** `made`: numbers of its deliveries, 0 where none was added. */
  advanced(slice: ReplaySlice, made: readonly number[], replay: Replay): void;
  /** `isHere`: whether the delivery has a row of what is owed. */
  cancelled(replay: Replay, isHere: (delivery: number) => boolean): void;
  /** The subscription is another than before. */
  changed(lane: number): void;
  /** Jobs that are not at their end. */
  open(): readonly Replay[];
  /** In the end: no job is left, and those that are done have sent everything. `isSteady`: the clock was never set, by whose times
   * events are found. */
  check(isSteady: boolean): void;
}

interface Job {
  replay: Replay;
  readonly sent: Set<number>;
  readonly deliveries: number[];
  /** Events that the lane was owed in its time; null: nobody knows, its subscription was changed since. */
  wanted: readonly number[] | null;
}

export interface ReplayFactsDeps {
  readonly judge: Judge;
  readonly events: ReadonlyMap<number, EventFact>;
  readonly deliveries: ReadonlyMap<number, DeliveryFact>;
  readonly ofLane: (lane: number) => readonly DeliveryFact[];
  readonly subscriptions: ReadonlyMap<number, Subscription>;
}

export function createReplayFacts({ judge, events, deliveries, ofLane, subscriptions }: ReplayFactsDeps): ReplayFacts {
  const jobs = new Map<number, Job>();
  const isOpen = ({ replay }: Job): boolean => replay.endedAt === null;
  /** By lane: the last event before its subscription was changed. */
  const changedAfter = new Map<number, number>();

  /** What the lane was owed since its subscription is as it is now, it would be owed again. */
  function wantedBy({ lane, from, to, endings }: Replay): readonly number[] | null {
    if (endings !== null || subscriptions.get(lane)?.sendOnValueChange !== false) return null;
    const after = changedAfter.get(lane) ?? 0;
    const found = ofLane(lane)
      .map(({ event }) => event)
      .filter(({ number, acceptedAt }) => number > after && acceptedAt >= from && acceptedAt < to);
    return [...new Set(found.map(({ number }) => number))];
  }

  return {
    added(replay) {
      jobs.set(replay.number, { replay, sent: new Set(), deliveries: [], wanted: wantedBy(replay) });
    },
    advanced({ after, position, deliveries: given }, made, replay) {
      const job = jobs.get(replay.number);
      if (job === undefined) return judge.fail(31, `${replay.id} goes on, and was never begun`);
      judge.check(isOpen(job), 31, () => `${replay.id} goes on after it was ${job.replay.state}`);
      for (const [index, { event: number }] of given.entries()) {
        if (made[index] === 0) continue;
        const event = events.get(number)!;
        judge.check(!job.sent.has(number), 31, () => `${replay.id} sends event ${number} twice`);
        judge.check(
          number > after && number <= position && event.organization === replay.organization,
          31,
          () => `${replay.id} sends event ${number} in a slice from ${after} to ${position}`,
        );
        judge.check(
          event.acceptedAt >= replay.from && event.acceptedAt < replay.to,
          31,
          () => `${replay.id} sends event ${number}, which is of another time`,
        );
        job.sent.add(number);
        job.deliveries.push(made[index]!);
      }
      job.replay = replay;
    },
    cancelled(replay, isHere) {
      const job = jobs.get(replay.number);
      if (job === undefined) return judge.fail(31, `${replay.id} is cancelled, and was never begun`);
      job.replay = replay;
      for (const number of job.deliveries) {
        const delivery = deliveries.get(number)!;
        if (delivery.state === "owed" && !isHere(number)) delivery.state = "cancelled";
      }
      if (replay.state !== "cancelled") return;
      const left = job.deliveries.filter((number) => deliveries.get(number)!.state === "owed");
      judge.check(left.length === 0, 31, () => `${replay.id} is cancelled, and ${left.join(", ")} are still owed`);
    },
    changed(lane) {
      changedAfter.set(lane, Math.max(0, ...events.keys()));
      for (const job of jobs.values()) if (isOpen(job) && job.replay.lane === lane) job.wanted = null;
    },
    open: () => [...jobs.values()].filter(isOpen).map(({ replay }) => replay),
    check(isSteady) {
      for (const { replay, sent, wanted } of jobs.values()) {
        judge.check(replay.endedAt !== null, 31, () => `${replay.id} is still ${replay.state} in the end`);
        if (replay.state !== "done" || wanted === null || !isSteady) continue;
        const missing = wanted.filter((number) => !sent.has(number) && events.has(number));
        judge.check(missing.length === 0, 31, () => `${replay.id} is done, and did not send ${missing.join(", ")}`);
      }
    },
  };
}
