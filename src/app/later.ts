// The parts that others are given although they are made after them. Nobody may ask for one before all are made.

import type { Dispatcher } from "../delivery/dispatcher-port.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { LogProcessor } from "../ingest/derive/log-processor.ts";
import type { CensusDeps } from "../numbers/census.ts";

export interface Later {
  dispatcher(): Dispatcher;
  logProcessor(): LogProcessor;
  census(): CensusDeps;
  readonly dialect: (name: string) => Dialect;
}
