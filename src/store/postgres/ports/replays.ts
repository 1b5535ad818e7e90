// The port ReplayStore on PostgreSQL.

import type { ReplayStore } from "../../replays.ts";
import type { Context } from "../context.ts";
import type { Lines } from "../statements/lines.ts";
import { openReplays, replayById, replaysAt } from "../statements/replay-rows.ts";
import { addReplay, advanceReplay, cancelReplay, cancelReplayed } from "../statements/replays.ts";

export function createReplayStore(context: Context, lines: Pick<Lines, "ended">): ReplayStore {
  const { ordered, owners, database } = context;
  return {
    addReplay: (replay, audit) => ordered.run((write) => addReplay(context, write, replay, audit)),
    replayJob: (id, organization) => replayById(database.session, id, organization),
    replayJobs: (query) => replaysAt(database.session, query),
    openReplays: () => openReplays(database.session),
    cancelReplay: (id, organization, reason, audit) =>
      ordered.run((write) => cancelReplay(context, write, id, organization, reason, audit)),
    advanceReplay: (epoch, slice, now) => ordered.run((write) => advanceReplay(context, write, epoch, slice, now)),
    cancelReplayed: (epoch, job, now, limit) =>
      owners.run(epoch, (transaction) => cancelReplayed(transaction, lines, job, now, limit)),
  };
}
