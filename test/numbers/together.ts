// The files of this folder share a process: test/together.ts.

import { runTogether } from "../together.ts";

runTogether(import.meta.dirname);
