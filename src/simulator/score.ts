// How near to the truth the statements about one simulated day come. Pure: statements in, figures out. Single percentages mislead,
// so there are several [domain.md §2.8].

import { minuteMs } from "../model/minute.ts";
import type { Crossing, Truth } from "./truth.ts";

/** Instant statements are judged at moments this far apart: each holds until the next one about its space. */
const lookMs = 10_000;

/** What was said of a day, each list in the order in which it was said. Times are epoch ms. */
export interface Said {
  /** Presence by the minute; a correction has the same `space` and `at` and a higher `revision`. */
  readonly minutes: readonly SaidMinute[];
  /** Presence at an instant. */
  readonly instants: readonly SaidCount[];
  /** Ins less outs, by the minute. */
  readonly trafficOccupancy: readonly SaidCount[];
  readonly traffic: readonly {
    readonly sensor: string;
    readonly at: number;
    readonly in: number;
    readonly out: number;
  }[];
  /** Edges by room. */
  readonly motion: readonly { readonly space: string; readonly at: number; readonly motion: boolean }[];
}

export interface SaidCount {
  readonly space: string;
  readonly at: number;
  readonly count: number;
}

export interface SaidMinute extends SaidCount {
  readonly revision: number;
  readonly observedS: number;
}

/** Of one estimate. NaN where nothing was said. */
export interface EstimateScore {
  /** Values that were compared with the truth. */
  readonly compared: number;
  readonly meanAbsoluteError: number;
  /** Shares of the compared. */
  readonly exact: number;
  readonly withinOne: number;
  /** Of those where somebody was: most spaces are empty most of the time, which is easily said. */
  readonly exactOccupied: number;
  /** People said to be there when the day is over and nobody is, over all spaces. */
  readonly closingError: number;
  /** Compared values of 0 where somebody was. */
  readonly falseVacancies: number;
}

export interface Score {
  /** Minutes as they were said last, of all spaces and of floors alone; and as they were said first. */
  readonly minutes: EstimateScore;
  readonly floorMinutes: EstimateScore;
  readonly firstMinutes: EstimateScore;
  readonly instants: EstimateScore;
  readonly trafficOccupancy: EstimateScore;
  /** Of the minutes that were said, those that were corrected afterwards. */
  readonly corrected: number;
  /** Of the time of all spaces from the first person to the last, how much was observed. */
  readonly observed: number;
  /** At all doors and lines, people. */
  readonly traffic: { readonly said: Passed; readonly true: Passed };
  readonly motion: MotionScore;
}

interface Passed {
  readonly in: number;
  readonly out: number;
}

interface MotionScore {
  readonly edges: number;
  /** Edges to rest while somebody was in the room. */
  readonly falseVacancies: number;
  /** Of the time, with the room said to move or to rest as somebody was there or not. */
  readonly right: number;
}

export function score(said: Said, truth: Truth): Score {
  const last = new Map(said.minutes.map((minute) => [keyOf(minute), minute]));
  // Of one key the last counts, so the first are told last.
  const first = new Map(said.minutes.toReversed().map((minute) => [keyOf(minute), minute]));
  const final = [...last.values()];
  const floors = new Set(truth.spaces.flatMap(({ id, kind }) => (kind === "floor" ? [id] : [])));
  const corrected = final.filter(({ revision }) => revision > 0).length;
  return {
    minutes: ofMinutes(final, truth),
    floorMinutes: ofMinutes(
      final.filter(({ space }) => floors.has(space)),
      truth,
    ),
    firstMinutes: ofMinutes([...first.values()], truth),
    instants: ofInstants(said.instants, truth),
    trafficOccupancy: ofMinutes(said.trafficOccupancy, truth),
    corrected: corrected / final.length,
    observed: observedShare(final, truth),
    traffic: ofTraffic(said.traffic, truth),
    motion: ofMotion(said.motion, truth),
  };
}

const keyOf = ({ space, at }: SaidCount): string => `${space} ${at}`;

interface Compared {
  readonly said: number;
  readonly true: number;
}

function estimate(compared: readonly Compared[], closingError: number): EstimateScore {
  const errors = compared.map(({ said, true: right }) => Math.abs(said - right));
  const occupied = compared.filter(({ true: right }) => right > 0);
  const share = (most: number): number => errors.filter((error) => error <= most).length / errors.length;
  return {
    compared: compared.length,
    meanAbsoluteError: sum(errors) / errors.length,
    exact: share(0),
    withinOne: share(1),
    exactOccupied: occupied.filter(({ said, true: right }) => said === right).length / occupied.length,
    closingError,
    falseVacancies: compared.filter(({ said, true: right }) => said === 0 && right > 0).length,
  };
}

function ofMinutes(minutes: readonly SaidCount[], truth: Truth): EstimateScore {
  const compared = minutes.map(({ space, at, count }) => ({ said: count, true: truth.minute(space, at).value }));
  return estimate(compared, closing(minutes));
}

/** What the last statement about each space leaves behind. */
function closing(counts: readonly SaidCount[]): number {
  const newest = new Map<string, SaidCount>();
  for (const count of counts) if (count.at >= (newest.get(count.space)?.at ?? 0)) newest.set(count.space, count);
  return sum([...newest.values()].map(({ count }) => count));
}

/** From the first statement about a space on, at every look. */
function ofInstants(instants: readonly SaidCount[], truth: Truth): EstimateScore {
  const compared = [...Map.groupBy(instants, ({ space }) => space)].flatMap(([space, of]) => {
    const from = Math.min(...of.map(({ at }) => at));
    return atLooks(of, from, truth.to).map(({ at, last }) => ({ said: last!.count, true: truth.count(space, at) }));
  });
  return estimate(compared, closing(instants));
}

/** The statement that holds at each look: the newest, and of those of one moment the last said. */
function atLooks<Statement extends { readonly at: number }>(
  said: readonly Statement[],
  from: number,
  to: number,
): { at: number; last: Statement | undefined }[] {
  const inOrder = said.toSorted((a, b) => a.at - b.at);
  let next = 0;
  return Array.from({ length: Math.max(Math.floor((to - from) / lookMs), 0) }, (_, look) => {
    const at = from + look * lookMs;
    while (next < inOrder.length && inOrder[next]!.at <= at) next++;
    return { at, last: inOrder[next - 1] };
  });
}

/** Minutes that were not said at all were not observed. */
function observedShare(minutes: readonly SaidMinute[], { from, to, spaces }: Truth): number {
  const first = Math.ceil(from / minuteMs) * minuteMs;
  const count = Math.floor((to - first) / minuteMs);
  const within = minutes.filter(({ at }) => at >= first && at < first + count * minuteMs);
  return sum(within.map(({ observedS }) => observedS)) / 60 / (count * spaces.length);
}

function ofTraffic(traffic: Said["traffic"], truth: Truth): Score["traffic"] {
  const crossings: readonly Crossing[] = truth.counting.flatMap((sensor) => truth.crossings(sensor));
  const inward = crossings.filter((crossing) => crossing.inward).length;
  return {
    said: { in: sum(traffic.map((one) => one.in)), out: sum(traffic.map((one) => one.out)) },
    true: { in: inward, out: crossings.length - inward },
  };
}

function ofMotion(edges: Said["motion"], truth: Truth): MotionScore {
  const right = [...Map.groupBy(edges, ({ space }) => space)].flatMap(([space, of]) =>
    atLooks(of, truth.from, truth.to).map(({ at, last }) => (last?.motion ?? false) === truth.count(space, at) > 0),
  );
  return {
    edges: edges.length,
    falseVacancies: edges.filter(({ space, at, motion }) => !motion && truth.count(space, at) > 0).length,
    right: right.filter(Boolean).length / right.length,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
