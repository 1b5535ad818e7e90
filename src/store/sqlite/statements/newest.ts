// Lanes that want the latest state only: of what waits about one state of one subject the newest stays, and the others end as
// superseded. Newest is by the moment of sensing, then by acceptance. What is under way is never superseded, and neither is what
// was sent again by hand or by a replay. Each row of a lane is looked at once, on a walk along the due times; what comes to lie
// behind that walk is noted. What is known of a lane is a cache.

import { classNumber } from "../../codes.ts";
import { mostSkipped, type NumberRange, type NumberRanges, withNumbers } from "../../../model/number-ranges.ts";
import type { LatestOnly } from "../../ledger.ts";
import type { EngineContext } from "./engine-context.ts";
import { createEndOne } from "./settle.ts";

export interface Newest {
  /** Looks at up to `limit` rows of the lane that nobody has looked at. */
  supersede(lane: number, latest: LatestOnly, now: number, limit: number): Superseded;
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

interface State {
  readonly number: number;
  readonly due: number;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly again: number;
  readonly sequence: number | null;
}

type Seen = Pick<State, "number" | "at" | "sequence">;

/** What is known of one lane. */
interface Known {
  /** By state: the newest delivery that was seen and was owed then. */
  readonly newest: Map<string, Seen>;
  /** Deliveries that were there before the walk began and that it does not meet: looked at with its first rows. */
  readonly beside: readonly State[];
  /** Numbers of those that have come since: looked at next, if they are owed then. */
  readonly noted: Set<number>;
  /** Up to where the walk along the due times has come. */
  due: number;
  number: number;
}

/** What a delivery is the state of; null: of nothing that a newer one could take the place of. */
export function stateKey(
  { states }: Pick<LatestOnly, "states">,
  { type, subject, again }: Pick<State, "type" | "subject" | "again">,
): string | null {
  const kind = again === 1 ? undefined : states[type];
  return kind === undefined ? null : `${kind}:${subject}`;
}

const columns = "d.number, d.due, d.again, d.sequence, k.name as type, e.subject, e.at";
const joined = "join event e on e.number = d.event join kind k on k.number = e.kind";

export function createNewest(context: EngineContext, onEnded: (delivery: number) => void): Newest {
  const walk = context.prepare(
    `select ${columns} from delivery d ${joined} where d.location = 1 and d.lane = :lane and d.class = ${classNumber.live}` +
      " and d.due >= :due and (d.due > :due or d.number > :number) order by d.due, d.number limit :limit",
  );
  const retries = context.prepare(
    `select ${columns} from delivery d ${joined} where d.location = 1 and d.lane = ? and d.class = ${classNumber.retry}`,
  );
  const behind = context.prepare(
    `select ${columns} from behind b join delivery d on d.number = b.delivery ${joined} where b.lane = ?`,
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
      const beside = [...retries.all(lane), ...behind.all(lane)] as unknown as readonly State[];
      lanes.set(lane, (found = { newest: new Map(), beside, noted: new Set(), due: 0, number: 0 }));
    }
    return found;
  }

  const isNewer = (one: Seen, other: Seen): boolean =>
    one.at > other.at || (one.at === other.at && one.number > other.number);

  return {
    supersede(lane, latest, now, limit) {
      const { newest, ...seen } = known(lane);
      const underWay = new Set(latest.underWay);
      const rows = walk.all({ lane, due: seen.due, number: seen.number, limit }) as unknown as readonly State[];
      let superseded = 0;
      const numbers: NumberRange[] = [];
      const end = ({ number: delivery, sequence }: Seen): void => {
        if (underWay.has(delivery)) return;
        endOne(delivery, Math.floor(now), "A newer state of its subject took its place.");
        onEnded(delivery);
        superseded++;
        if (sequence !== null) numbers.push({ from: sequence, to: sequence });
      };
      const noted = [...seen.noted].map((delivery) => one.get(delivery) as unknown as State | undefined);
      for (const state of [...seen.beside, ...noted.filter((each) => each !== undefined), ...rows]) {
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
      const last = rows.at(-1) ?? seen;
      lanes.set(lane, { newest, beside: [], noted: new Set(), due: last.due, number: last.number });
      return { superseded, skipped: withNumbers([], numbers, mostSkipped), more: rows.length === limit };
    },
    failed(lane, delivery) {
      lanes.get(lane)?.noted.add(delivery);
    },
    spilled(lane, delivery, due) {
      const found = lanes.get(lane);
      if (found === undefined) return;
      const isBehind = due < found.due || (due === found.due && delivery <= found.number);
      if (isBehind) found.noted.add(delivery);
    },
    reset: () => lanes.clear(),
  };
}
