// Numbers of what a subscription is owed: 1, 2, 3, … in the order in which its deliveries are written, each in the transaction that
// writes its delivery. A resend or a replay keeps the number of its event. The last number of a lane is in memory; it follows from
// the runs of the lane and from the deliveries behind them [sequence-runs.ts].

import type { EngineContext } from "./engine-context.ts";

export interface Sequences {
  /** Gives the lane its next number. */
  next(lane: number): number;
  /** The last number given, 0: none. */
  last(lane: number): number;
  /** Under which number an event was first owed to a lane; null: it was not, or before there were numbers. What it returns is good
   * for one call of the store, and cheap for events that come in their order. */
  lookUp(): (lane: number, event: number) => number | null;
  /** Must follow every rollback. */
  reset(): void;
}

export function createSequences(context: EngineContext): Sequences {
  const lastRun = context.prepare("select last from sequence_run where lane = ? order by first desc limit 1");
  const young = context.prepare(
    "select lane, max(sequence) as last from (select lane, sequence from delivery where number > :reached union all" +
      " select lane, sequence from attempt where delivery > :reached) where sequence > 0 group by lane",
  );
  /** Of lanes that were asked for, and of all whose newest deliveries are in no run. */
  const counters = new Map<number, number>();

  const stored = (lane: number): number => Number(lastRun.get(lane)?.["last"] ?? 0);
  const reset = (): void => {
    counters.clear();
    for (const row of young.all({ reached: reachedBy(context) })) {
      const [lane, last] = [Number(row["lane"]), Number(row["last"])];
      counters.set(lane, Math.max(last, stored(lane)));
    }
  };
  reset();

  return {
    next(lane) {
      const number = (counters.get(lane) ?? stored(lane)) + 1;
      counters.set(lane, number);
      return number;
    },
    last: (lane) => counters.get(lane) ?? stored(lane),
    lookUp: createLookUps(context),
    reset,
  };
}

/** The delivery up to which all numbers are in runs. */
const reachedBy = (context: EngineContext): number => Number(context.meta("delivery_by_lane") ?? 0);

/** By event. */
type Numbers = ReadonlyMap<number, number>;

interface LaneLookUp {
  /** The first number of the run that was read last; null: none was. */
  first: unknown;
  run: Numbers;
}

/** Events of a lane have rising numbers in the order of their own. So the run of an event is found by its first event, and holds
 * those that come next as well. */
function createLookUps(context: EngineContext): Sequences["lookUp"] {
  const runOf = context.prepare(
    "select first, delivery, last_delivery as lastDelivery from sequence_run where lane = ? and event <= ?" +
      " order by event desc limit 1",
  );
  const isBehind = context.prepare(
    "select not exists (select 1 from sequence_run where lane = ? and event > ?) as behind",
  );
  const inRun = context.prepare(
    "select r.event, r.sequence from delivery_by_lane l join delivery r on r.number = l.delivery" +
      " where l.lane = :lane and l.delivery between :from and :upTo and r.sequence > 0 union" +
      " select r.event, r.sequence from delivery_by_lane l join attempt r on r.delivery = l.delivery" +
      " where l.lane = :lane and l.delivery between :from and :upTo and r.sequence > 0",
  );
  const young = context.prepare(
    "select lane, event, sequence from delivery where number > :reached and sequence > 0 union" +
      " select lane, event, sequence from attempt where delivery > :reached and sequence > 0",
  );

  const readRun = (lane: number, { delivery, lastDelivery }: Record<string, unknown>): Numbers => {
    const range = { lane, from: Number(delivery), upTo: Number(lastDelivery) };
    return new Map(inRun.all(range).map(({ event, sequence }) => [Number(event), Number(sequence)]));
  };
  const readYoung = (): ReadonlyMap<number, Numbers> => {
    const all = new Map<number, Map<number, number>>();
    for (const row of young.iterate({ reached: reachedBy(context) })) {
      const [lane, event, sequence] = [Number(row["lane"]), Number(row["event"]), Number(row["sequence"])];
      const known = all.get(lane);
      if (known === undefined) all.set(lane, new Map([[event, sequence]]));
      else known.set(event, sequence);
    }
    return all;
  };

  return () => {
    const lanes = new Map<number, LaneLookUp>();
    let rest: ReadonlyMap<number, Numbers> | null = null;
    return (lane, event) => {
      let known = lanes.get(lane);
      if (known === undefined) lanes.set(lane, (known = { first: null, run: new Map() }));
      const found = runOf.get(lane, event);
      if (found !== undefined && found["first"] !== known.first) {
        known.first = found["first"];
        known.run = readRun(lane, found);
      }
      const number = found === undefined ? undefined : known.run.get(event);
      if (number !== undefined) return number;
      if (isBehind.get(lane, event)!["behind"] === 0) return null;
      rest ??= readYoung();
      return rest.get(lane)?.get(event) ?? null;
    };
  };
}
