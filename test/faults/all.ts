// The faults of the suite, in the order in which they are made.

import type { Fault } from "./fault.ts";
import { kill } from "./kill.ts";

export const faults: readonly Fault[] = [kill];
