// Virtual time. One queue orders everything that happens, ties are broken by the seed, and after each step every promise
// that can settle has settled before the next one begins: so a run is one sequence, the same for the same seed. The
// globals that read a clock, start a timer or draw chance are replaced meanwhile, so that src/clock.ts itself runs here and
// nothing can look past it.

import type { SeededRandom } from "../../src/simulator/random.ts";

export interface Timeline {
  /** Monotonic ms. */
  now(): number;
  /** Wall time, epoch ms; may jump. */
  wall(): number;
  /** Runs `step` at that monotonic time, or now if it has passed. The answer takes it back. */
  at(time: number, step: () => void): () => void;
  after(ms: number, step: () => void): () => void;
  /** Sets the wall clock forwards or back; no timer notices. */
  jump(ms: number): void;
  /** How often it was set. */
  jumps(): number;
  /** How far it was set forwards, all together, ms. */
  leapt(): number;
  /** Lets time pass until then, or until `enough` says so. */
  runUntil(time: number, enough: () => boolean): Promise<void>;
  /** Called after every step, when all that follows from it without further time has happened. */
  atRest: () => void;
  /** Steps made so far. */
  steps(): number;
}

interface Step {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  run: (() => void) | null;
}

/** A run that takes more steps than this turns in circles. */
export const mostSteps = 150_000;

export function createTimeline(random: SeededRandom): Timeline {
  const heap: Step[] = [];
  let now = 1000 + Math.floor(random.fraction() * 1e6);
  let offset = Date.UTC(2026, 0, 5) + random.whole(0, 86_400_000) - now;
  let leapt = 0;
  let jumps = 0;
  let steps = 0;
  let order = 0;

  const timeline: Timeline = {
    now: () => now,
    wall: () => offset + now,
    at(time, run) {
      const step: Step = { at: Math.max(time, now), tie: random.fraction(), order: order++, run };
      push(heap, step);
      return () => {
        step.run = null;
      };
    },
    after: (ms, run) => timeline.at(now + ms, run),
    jump(ms) {
      offset += ms;
      jumps++;
      leapt += Math.max(ms, 0);
    },
    jumps: () => jumps,
    leapt: () => leapt,
    async runUntil(time, enough) {
      await settled();
      while (heap[0] !== undefined && heap[0].at <= time && !enough()) {
        const { at, run } = pop(heap);
        if (run === null) continue;
        now = at;
        steps++;
        run();
        await settled();
        timeline.atRest();
      }
      if (!enough()) now = Math.max(now, time);
    },
    steps: () => steps,
    atRest: () => {},
  };
  return timeline;
}

/** Resolves when no promise is left that can settle by itself: Node empties its microtasks before the next tick. */
export const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** Puts the timeline behind the globals; `slack` is how late (or, by less than 1 ms, early) a timer fires. */
export function installTimeline(timeline: Timeline, chance: () => number, slack: () => number): () => void {
  const { setTimeout, clearTimeout, Date: RealDate } = globalThis;
  const { now } = RealDate;
  const { random } = Math;
  const timers = new Map<number, () => void>();
  let last = 0;
  // As Node does it: what no timer can hold fires at once.
  const start = (run: () => void, ms = 1): number => {
    const id = ++last;
    const delay = ms >= 1 && ms <= 2 ** 31 - 1 ? ms : 1;
    const cancel = timeline.after(Math.max(delay + slack(), 0), () => {
      timers.delete(id);
      run();
    });
    timers.set(id, cancel);
    return id;
  };
  const stop = (id: number): void => {
    timers.get(id)?.();
    timers.delete(id);
  };
  Object.assign(globalThis, { setTimeout: start, clearTimeout: stop });
  Object.assign(RealDate, { now: () => Math.floor(timeline.wall()) });
  Object.assign(Math, { random: chance });
  Object.defineProperty(performance, "now", { value: timeline.now, configurable: true });
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Object.assign(RealDate, { now });
    Object.assign(Math, { random });
    Reflect.deleteProperty(performance, "now");
  };
}

const before = (one: Step, other: Step): boolean =>
  one.at !== other.at ? one.at < other.at : one.tie !== other.tie ? one.tie < other.tie : one.order < other.order;

function push(heap: Step[], step: Step): void {
  let hole = heap.push(step) - 1;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (before(heap[parent]!, step)) break;
    heap[hole] = heap[parent]!;
    hole = parent;
  }
  heap[hole] = step;
}

function pop(heap: Step[]): Step {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (before(last, heap[child]!)) break;
    heap[hole] = heap[child]!;
    hole = child;
  }
  heap[hole] = last;
  return top;
}
