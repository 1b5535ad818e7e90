// The parts that others are given although they are made after them. Nobody may ask for one before all are made.

import type { Dialect } from "../dialects/dialect.ts";
import type { CensusDeps } from "../numbers/census.ts";
import type { Engine } from "./engine.ts";

export interface Later {
  engine(): Engine;
  census(): CensusDeps;
  readonly dialect: (name: string) => Dialect;
  dialects(): readonly Dialect[];
}
