// What a frame of a presence sensor costs, from the parsed observation to facts and minutes, on one core: a thousand sensors on a
// hundred floors, and all on one; with 10 to 10,000 rooms on that floor; and the memory of a sensor and of a space. The
// baseline is JSON.parse of the same observations: only the ratio travels from machine to machine.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compileBuilding } from "../src/building/compile.ts";
import { type GridShape, houseOf } from "../src/simulator/grid.ts";
import { ringOf, type FramesRing } from "./harness/frames-ring.ts";
import { round } from "./harness/figures.ts";
import { type Options, readOptions, report, say } from "./harness/options.ts";
import { startSensing } from "./harness/sensing-engine.ts";

const sensors = 1_000;
const from = Date.UTC(2026, 8, 1, 12);
/** Accepted so long after they were seen, ms. */
const onTheWay = 200;
const curve = [10, 100, 1_000, 10_000];

interface Measured {
  readonly framesPerS: number;
  /** JSON.parse of the same observations. */
  readonly baselinePerS: number;
  /** Heap of the state after the frames, bytes. */
  readonly heap: number;
}

const options = readOptions();
const manyFloors = measure(
  "100 floors, 10 rooms each",
  { floors: 100, sensorsPerFloor: 10, roomsPerFloor: 10 },
  options,
);
const points = curve
  .filter((rooms) => rooms <= (options.most ?? Infinity))
  .map((rooms) =>
    measure(`1 floor, ${rooms} rooms`, { floors: 1, sensorsPerFloor: sensors, roomsPerFloor: rooms }, options),
  );
const [oneFloor, fewest, most] = [points[1] ?? points[0]!, points[0]!, points.at(-1)!];
const spaces = Math.max(curve[points.length - 1]! - curve[0]!, 1);
report(options, "sensing", {
  frames_per_s: Math.round(manyFloors.framesPerS),
  frames_per_s_one_floor: Math.round(oneFloor.framesPerS),
  baseline: Math.round(manyFloors.baselinePerS),
  ratio: round(manyFloors.framesPerS / manyFloors.baselinePerS, 4),
  ratio_one_floor: round(oneFloor.framesPerS / oneFloor.baselinePerS, 4),
  rooms: curve.slice(0, points.length),
  frames_per_s_by_rooms: points.map(({ framesPerS }) => Math.round(framesPerS)),
  ratio_by_rooms: points.map(({ framesPerS, baselinePerS }) => round(framesPerS / baselinePerS, 4)),
  bytes_per_sensor: Math.round(fewest.heap / sensors),
  bytes_per_space: Math.round(Math.max(most.heap - fewest.heap, 0) / spaces),
});

/** The best of the rounds of each side, which take turns. */
function measure(name: string, shape: GridShape, { rounds, events, seconds }: Options): Measured {
  const model = compileBuilding(houseOf(shape));
  const ring = ringOf(shape, from);
  const texts = ring.frames.map((frame) => JSON.stringify(frame));
  const most = { frames: events ?? 400_000, ms: (seconds ?? 5) * 1000 };
  let best = { framesPerS: 0, baselinePerS: 0, heap: 0 };
  for (let turn = 0; turn < (rounds ?? 3); turn++) {
    const sensed = sense(model, ring, most);
    best = {
      framesPerS: Math.max(best.framesPerS, sensed.framesPerS),
      baselinePerS: Math.max(best.baselinePerS, parse(texts, most)),
      heap: sensed.heap,
    };
  }
  say(`sensing: ${name}: ${Math.round(best.framesPerS)}/s, JSON.parse ${Math.round(best.baselinePerS)}/s`);
  return best;
}

interface Most {
  readonly frames: number;
  readonly ms: number;
}

function sense(
  model: Parameters<typeof startSensing>[0],
  ring: FramesRing,
  most: Most,
): Omit<Measured, "baselinePerS"> {
  const before = heapInUse();
  const sensing = startSensing(model, from);
  let [facts, second] = [0, from];
  const framesPerS = timed(most, (index) => {
    const frame = ring.at(index);
    const now = frame.at + onTheWay;
    facts += sensing.fold(frame, now).length;
    if (now < second + 1000) return;
    second = now;
    facts += sensing.advance(now).length + sensing.takeMinutes().length;
  });
  if (facts === 0) throw new Error("Sensing concluded nothing from the frames.");
  const heap = heapInUse() - before;
  // Whoever was measured must still be there.
  sensing.advance(second);
  return { framesPerS, heap };
}

function parse(texts: readonly string[], most: Most): number {
  let people = 0;
  const perS = timed(most, (index) => {
    people += (JSON.parse(texts[index % texts.length]!) as { local: unknown[] }).local.length;
  });
  if (people === 0) throw new Error("The frames hold nobody.");
  return perS;
}

/** How often a second it ran: as many times as there are frames, or until the time is over. */
function timed({ frames, ms }: Most, run: (index: number) => void): number {
  const start = performance.now();
  let index = 0;
  while (index < frames) {
    run(index++);
    if (index % 100 === 0 && performance.now() - start > ms) break;
  }
  return (index / (performance.now() - start)) * 1000;
}

function heapInUse(): number {
  // One way to run: flags of V8 do not stand in package.json.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
