// Lanes that want the latest state only: of what waits about one state of one subject the newest stays, and the others end as
// superseded. Newest is by the moment of sensing, then by acceptance. What is under way is never superseded, and neither is what
// was sent again by hand or by a replay. Each row of a lane is looked at once; what is known of it is a cache.

import { classNumber } from "../../codes.ts";
import { mostSkipped, type NumberRange, type NumberRanges, withNumbers } from "../../../model/number-ranges.ts";
import { isNewer, type SeenState, stateKey, whySuperseded, type WaitingState } from "../../latest-only.ts";
import type { LatestOnly } from "../../owed.ts";
import type { EngineContext } from "./engine-context.ts";
import { createEndOne } from "./end-one.ts";

export interface Newest {
  /** Looks at up to `limit` rows of the lane that nobody has looked at. */
  supersede(lane: number, latest: LatestOnly, now: number, limit: number): Superseded;
  /** The lane wants all states: nothing needs to be known of it. */
  forget(lane: number): void;
  /** A delivery failed and is due again: it waits like others from now on. */
  failed(lane: number, delivery: number): void;
  /** A live delivery that nobody has looked at can be read from now on, and is due then. That may be earlier than others that
   * were looked at: the clock was set back, or it was in memory while they were not. */
  spilled(lane: number, delivery: number, due: number): void;
  /** Must follow every rollback, and every change of owner. */
  reset(): void;
}

export interface Superseded {
  readonly superseded: number;
  /** What numbers they had in the lane. */
  readonly skipped: NumberRanges;
  /** There are rows that nobody has looked at. */
  readonly more: boolean;
}

/** What is known of one lane. */
interface Known {
  /** By state: the newest delivery that was seen and was owed then. */
  readonly newest: Map<string, SeenState>;
  /** Numbers of deliveries to look at that the walk does not meet. */
  readonly beside: number[];
  /** Those that have a newer one and were under way when they were looked at. They are looked at again: they may have failed by
   * then, and whoever asked may not have known yet. */
  readonly spared: Set<number>;
  /** Up to where the walk along the due times has come. */
  due: number;
  number: number;
}

const columns = "d.number, d.due, d.again, d.sequence, k.name as type, e.subject, e.at";
const joined = "join event e on e.number = d.event join kind k on k.number = e.kind";

export function createNewest(context: EngineContext, onEnded: (delivery: number) => void): Newest {
  const walk = context.prepare(
    `select ${columns} from delivery d ${joined} where d.location = 1 and d.lane = :lane and d.class = ${classNumber.live}` +
      " and d.due >= :due and (d.due > :due or d.number > :number) order by d.due, d.number limit :limit",
  );
  const besides = context.prepare(
    `select number from delivery where location = 1 and lane = :lane and class = ${classNumber.retry}` +
      " union all select delivery from behind where lane = :lane",
  );
  const one = context.prepare(
    `select ${columns} from delivery d ${joined} where d.number = ? and d.location in (1, 3)`,
  );
  const isOwed = context.prepare("select 1 from delivery where number = ? and location in (1, 3)");
  const endOne = createEndOne(context, "superseded");
  const lanes = new Map<number, Known>();

  function known(lane: number): Known {
    let found = lanes.get(lane);
    if (found === undefined) {
      const beside = besides.all({ lane }).map(({ number }) => Number(number));
      lanes.set(lane, (found = { newest: new Map(), beside, spared: new Set(), due: 0, number: 0 }));
    }
    return found;
  }

  return {
    supersede(lane, latest, now, limit) {
      const seen = known(lane);
      const { newest, beside, spared } = seen;
      const underWay = new Set(latest.underWay);
      const unmet = new Set([...spared, ...beside.splice(-limit)]);
      spared.clear();
      const others = [...unmet].flatMap((number) => (one.get(number) as unknown as WaitingState | undefined) ?? []);
      const rows = walk.all({ lane, due: seen.due, number: seen.number, limit }) as unknown as readonly WaitingState[];
      let superseded = 0;
      const numbers: NumberRange[] = [];
      const end = ({ number: delivery, sequence }: SeenState): void => {
        if (underWay.has(delivery)) return void spared.add(delivery);
        endOne(delivery, Math.floor(now), whySuperseded);
        onEnded(delivery);
        superseded++;
        if (sequence !== null) numbers.push({ from: sequence, to: sequence });
      };
      for (const state of [...others, ...rows]) {
        const key = stateKey(latest, state);
        if (key === null) continue;
        const before = newest.get(key);
        if (before?.number === state.number) continue;
        if (before === undefined || isOwed.get(before.number) === undefined) newest.set(key, state);
        else if (isNewer(state, before)) {
          newest.set(key, state);
          end(before);
        } else end(state);
      }
      const { due, number } = rows.at(-1) ?? seen;
      Object.assign(seen, { due, number });
      const more = beside.length > 0 || rows.length === limit;
      return { superseded, skipped: withNumbers([], numbers, mostSkipped), more };
    },
    forget: (lane) => void lanes.delete(lane),
    failed: (lane, delivery) => void lanes.get(lane)?.beside.push(delivery),
    spilled(lane, delivery, due) {
      const found = lanes.get(lane);
      if (found === undefined) return;
      const isBehind = due < found.due || (due === found.due && delivery <= found.number);
      if (isBehind) found.beside.push(delivery);
    },
    reset: () => lanes.clear(),
  };
}
