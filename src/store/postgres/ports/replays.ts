// The port ReplayStore on PostgreSQL.

import type { ReplayStore } from "../../replays.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export function createReplayStore(_context: Context): ReplayStore {
  return {
    addReplay: () => notYet("addReplay"),
    replayJob: () => notYet("replayJob"),
    replayJobs: () => notYet("replayJobs"),
    openReplays: () => notYet("openReplays"),
    cancelReplay: () => notYet("cancelReplay"),
    advanceReplay: () => notYet("advanceReplay"),
    cancelReplayed: () => notYet("cancelReplayed"),
  };
}
