// Lanes that want the latest state only: of what waits about one state of one subject the newest stays, and the others end as
// superseded. What is under way is never superseded, and neither is what was sent again by hand or by a replay. Each row of a lane
// is looked at once; what is known of it is a cache in the memory of the lane's owner.

import { mostSkipped, withNumbers } from "../../../model/number-ranges.ts";
import { isNewer, type SeenState, stateKey, whySuperseded } from "../../latest-only.ts";
import type { LaneRows, LatestOnly } from "../../owed.ts";
import type { Transaction } from "../database.ts";
import { endDeliveries } from "./end-deliveries.ts";
import type { Spilled } from "./lines.ts";
import { areWaiting, besides, isAhead, type Walked, type WalkedState, waitingStates, walk } from "./newest-rows.ts";

export interface LatestLane {
  readonly lane: number;
  readonly latest: LatestOnly;
}

export interface SupersededIn extends Pick<LaneRows, "superseded" | "skipped"> {
  /** There are rows that nobody has looked at. */
  readonly more: boolean;
}

export interface Newest {
  /** Looks at up to `limit` rows of each lane that nobody has looked at, at fewer where there are many lanes. The lanes are
   * different ones. */
  supersede(
    transaction: Transaction,
    lanes: readonly LatestLane[],
    now: number,
    limit: number,
  ): Promise<readonly SupersededIn[]>;
  /** Whether a live delivery that can be read has been committed since the lane was looked at. A read must leave it alone until the next
   * look: sent, or set aside, it would never be compared with others. One that no look meets is not new. */
  isNew(lane: number, delivery: Place): boolean;
  /** The lane wants all states: nothing needs to be known of it. */
  forget(lane: number): void;
  /** A delivery failed and is due again: it waits like others from now on. */
  failed(lane: number, delivery: number): void;
  /** It was in memory while others were looked at, and may be due before them. */
  spilled(spilled: Spilled): void;
  /** Must follow every transaction that failed, and every change of owner. */
  reset(): void;
}

/** What is known of one lane. */
interface Known {
  /** By state: the newest delivery that was seen and waited then. */
  readonly newest: Map<string, SeenState>;
  /** Numbers of deliveries to look at that the walk does not meet. */
  readonly beside: number[];
  /** Those that have a newer one and were under way when they were looked at. They are looked at again: they may have failed by
   * then, and whoever asked may not have known yet. */
  readonly spared: Set<number>;
  walked: Walked;
}

/** Lanes that are looked at together. */
const atOnce = 16;
/** Rows that one call looks at, of all lanes: some 100 ms, for which the owner writes nothing else. */
const mostLooked = 6_000;

type OnEnded = (
  transaction: Transaction,
  ended: readonly { readonly lane: number; readonly delivery: number }[],
) => Promise<void>;

const notYet: SupersededIn = { superseded: 0, skipped: [], more: true };

/** `onEnded`: the deliveries are gone. */
export function createNewest(onEnded: OnEnded): Newest {
  const lanes = new Map<number, Known>();

  async function know(transaction: Transaction, asked: readonly number[]): Promise<void> {
    const unknown = asked.filter((lane) => !lanes.has(lane));
    if (unknown.length === 0) return;
    const found = Map.groupBy(await besides(transaction, unknown), ({ lane }) => lane);
    for (const lane of unknown) {
      const beside = (found.get(lane) ?? []).map(({ number }) => number);
      lanes.set(lane, {
        newest: new Map(),
        beside,
        spared: new Set(),
        walked: { lane, due: 0, number: 0, upTo: 0 },
      });
    }
  }

  async function look(
    transaction: Transaction,
    asked: readonly LatestLane[],
    now: number,
    limit: number,
  ): Promise<{ readonly answers: readonly SupersededIn[]; readonly looked: number }> {
    await know(
      transaction,
      asked.map(({ lane }) => lane),
    );
    const knowns = asked.map(({ lane }) => lanes.get(lane)!);
    const looks = await readStates(transaction, knowns, limit);
    const waiting = await stillNewest(
      transaction,
      asked.flatMap(({ latest }, index) => newestBefore(knowns[index]!, latest, looks[index]!.states)),
    );
    const outdated = asked.map(({ latest }, index) => sort(knowns[index]!, latest, looks[index]!.states, waiting));
    const all = outdated.flatMap((ofLane) => [...ofLane.keys()]);
    const ended = new Set(await endDeliveries(transaction, all, "superseded", now, whySuperseded));
    const gone = asked.flatMap(({ lane }, index) =>
      [...outdated[index]!.keys()].flatMap((delivery) => (ended.has(delivery) ? [{ lane, delivery }] : [])),
    );
    if (gone.length > 0) await onEnded(transaction, gone);
    const answers = asked.map((_, index) => ({
      ...told(outdated[index]!, ended),
      more: knowns[index]!.beside.length > 0 || looks[index]!.isCut,
    }));
    return { answers, looked: looks.reduce((sum, { states }) => sum + states.length, 0) };
  }

  return {
    async supersede(transaction, asked, now, limit) {
      const answers: SupersededIn[] = [];
      let looked = 0;
      for (let at = 0; at < asked.length; at += atOnce) {
        const some = asked.slice(at, at + atOnce);
        if (looked >= mostLooked) {
          answers.push(...some.map(() => notYet));
          continue;
        }
        const found = await look(transaction, some, now, Math.min(limit, Math.floor(mostLooked / some.length)));
        answers.push(...found.answers);
        looked += found.looked;
      }
      return answers;
    },
    isNew(lane, delivery) {
      const found = lanes.get(lane);
      return found !== undefined && isAhead(found.walked, delivery);
    },
    forget: (lane) => void lanes.delete(lane),
    failed: (lane, delivery) => void lanes.get(lane)?.beside.push(delivery),
    spilled: ({ lane, delivery, due }) => {
      const found = lanes.get(lane);
      if (found !== undefined && !isBehind(found.walked, { due, number: delivery })) found.beside.push(delivery);
    },
    reset: () => lanes.clear(),
  };
}

interface Look {
  /** What nobody has looked at. */
  readonly states: readonly WalkedState[];
  /** There may be more along the walk. */
  readonly isCut: boolean;
}

/** Takes up to `limit` of those beside the walk of each lane, and as many along it. */
async function readStates(transaction: Transaction, knowns: readonly Known[], limit: number): Promise<readonly Look[]> {
  const unmet = knowns.flatMap(({ spared, beside }) => {
    const numbers = new Set([...spared, ...beside.splice(-limit)]);
    spared.clear();
    return [...numbers];
  });
  const others = unmet.length === 0 ? [] : await waitingStates(transaction, unmet);
  const walked = await walk(
    transaction,
    knowns.map((known) => known.walked),
    limit,
  );
  const [othersOf, walkedOf] = [Map.groupBy(others, laneOf), Map.groupBy(walked, laneOf)];
  return knowns.map((known) => {
    const { lane } = known.walked;
    const met = walkedOf.get(lane) ?? [];
    const isCut = met.length === limit;
    known.walked = walkedTo(known.walked, met, isCut);
    return { states: [...(othersOf.get(lane) ?? []), ...met], isCut };
  });
}

/** The deliveries that were the newest of these states so far. */
function newestBefore({ newest }: Known, latest: LatestOnly, states: readonly WalkedState[]): readonly number[] {
  return states.flatMap((state) => {
    const before = newest.get(stateKey(latest, state) ?? "")?.number;
    return before === undefined || before === state.number ? [] : [before];
  });
}

async function stillNewest(transaction: Transaction, deliveries: readonly number[]): Promise<ReadonlySet<number>> {
  const asked = [...new Set(deliveries)];
  return asked.length === 0 ? new Set() : await areWaiting(transaction, asked);
}

const laneOf = ({ lane }: WalkedState): number => lane;

type Place = Pick<Walked, "due" | "number">;

/** Whether a walk that has come to the first place meets the other one later. */
const isBehind = (reached: Place, other: Place): boolean =>
  other.due > reached.due || (other.due === reached.due && other.number > reached.number);

/** `met`: in their order. `isCut`: there may be more behind the last of them, which may lie before what was reached. */
function walkedTo(reached: Walked, met: readonly WalkedState[], isCut: boolean): Walked {
  const last = met.at(-1);
  if (last === undefined) return reached;
  const upTo = met.reduce((most, { number }) => Math.max(most, number), reached.upTo);
  const { due, number } = isCut || isBehind(reached, last) ? last : reached;
  return { lane: reached.lane, due, number, upTo };
}

/** Notes the newest of each state, and returns the others with their numbers in the lane. `waiting`: those that were the newest and
 * wait still. */
function sort(
  { newest, spared }: Known,
  latest: LatestOnly,
  states: readonly WalkedState[],
  waiting: ReadonlySet<number>,
): ReadonlyMap<number, number | null> {
  const underWay = new Set(latest.underWay);
  const outdated = new Map<number, number | null>();
  const here = new Set(states.map(({ number }) => number));
  const end = ({ number, sequence }: SeenState): void => {
    if (underWay.has(number)) spared.add(number);
    else outdated.set(number, sequence);
  };
  for (const state of states) {
    const key = stateKey(latest, state);
    if (key === null) continue;
    const before = newest.get(key);
    if (before?.number === state.number) continue;
    if (before === undefined || !(waiting.has(before.number) || here.has(before.number))) newest.set(key, state);
    else if (isNewer(state, before)) {
      newest.set(key, state);
      end(before);
    } else end(state);
  }
  return outdated;
}

function told(
  outdated: ReadonlyMap<number, number | null>,
  ended: ReadonlySet<number>,
): Pick<LaneRows, "superseded" | "skipped"> {
  const gone = [...outdated].filter(([number]) => ended.has(number));
  const sequences = gone.flatMap(([, sequence]) => (sequence === null ? [] : [{ from: sequence, to: sequence }]));
  return { superseded: gone.length, skipped: withNumbers([], sequences, mostSkipped) };
}
