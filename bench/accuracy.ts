// How near sensing comes to the truth of a simulated house, undisturbed and with everything that goes wrong in the field.
// `npm run bench:accuracy -- [--rounds SEEDS]`

import { compileBuilding } from "../src/building/compile.ts";
import { createBuilding } from "../src/simulator/building.ts";
import { type Disturbances, undisturbed, usualDisturbances } from "../src/simulator/disturbances/disturbances.ts";
import { score } from "../src/simulator/score.ts";
import { scoreTable } from "../src/simulator/score-table.ts";
import { simulateDay } from "../src/simulator/simulate.ts";
import { readOptions, say } from "./harness/options.ts";
import { sensedDay } from "./harness/sensed-house.ts";
import { startSensing } from "./harness/sensing-engine.ts";

const morning = Date.UTC(2026, 8, 1, 14, 30);
/** Metres that neighbouring sensors both see. */
const overlap = 1;

const cases: readonly (readonly [string, Disturbances, number])[] = [
  ["undisturbed", undisturbed, 0],
  ["undisturbed, sensors overlap", undisturbed, overlap],
  ["late and twice", { ...undisturbed, lateness: usualDisturbances.lateness, duplicates: 0.05 }, 0],
  ["missed and invented", { ...undisturbed, misses: 0.1, inventions: 0.02 }, 0],
  ["all of it", usualDisturbances, overlap],
];

const { rounds } = readOptions();
for (let seed = 1; seed <= (rounds ?? 1); seed++) {
  for (const [name, disturbances, metres] of cases) {
    const building = createBuilding(seed, { overlap: metres });
    const { truth, sent } = simulateDay({ seed, building, morning, disturbances });
    const said = sensedDay(sent(), startSensing(compileBuilding(building), morning, { withLog: true }));
    say(`Seed ${seed}, ${name}\n${scoreTable(score(said, truth))}`);
  }
}
