// The faults of the suite, in the order in which they are made.

import { backlog } from "./backlog.ts";
import { backup } from "./backup.ts";
import { clockJump } from "./clock-jump.ts";
import { diskFull } from "./disk-full.ts";
import { failingDisk } from "./failing-disk.ts";
import type { Fault } from "./fault.ts";
import { kill } from "./kill.ts";
import { nodes } from "./nodes.ts";
import { stopAndGo } from "./pause.ts";
import { poisoned } from "./poison.ts";
import { powerCut } from "./power-cut.ts";
import { replay } from "./replay.ts";
import { second } from "./second.ts";
import { sensing } from "./sensing.ts";
import { slowDisk } from "./slow-disk.ts";
import { stop } from "./stop.ts";

export const faults: readonly Fault[] = [
  kill,
  backlog,
  replay,
  backup,
  sensing,
  powerCut,
  stop,
  second,
  stopAndGo,
  poisoned,
  diskFull,
  slowDisk,
  failingDisk,
  clockJump,
  nodes,
];
