// The port of replay jobs over a client of the engine.

import type { ReplayStore } from "../../replays.ts";
import type { Operations } from "../engine.ts";
import type { Client } from "../thread/client.ts";

export function createReplayStore({ call }: Client<Operations>): ReplayStore {
  return {
    addReplay: (replay, audit) => call("addReplay", replay, audit),
    replayJob: (id, organization) => call("replayJob", id, organization),
    replayJobs: (query) => call("replayJobs", query),
    openReplays: () => call("openReplays"),
    cancelReplay: (id, organization, reason, audit) => call("cancelReplay", id, organization, reason, audit),
    advanceReplay: (epoch, slice, now) => call("advanceReplay", epoch, slice, now),
    cancelReplayed: (epoch, job, now, limit) => call("cancelReplayed", epoch, job, now, limit),
  };
}
