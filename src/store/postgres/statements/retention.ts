// Pruning. Each owner ends what is owed of old events in its shards; what concerns the database as a whole is done by one process at
// a time, and the others find nothing to do. A partition goes whole once it is past its retention and nothing of it is owed
// [prune-partitions.ts].

import type { OwnRetention } from "../../../model/retention.ts";
import type { Ledger } from "../../ledger.ts";
import { noPrunedRows, type Pruned, type PruneBefore, type PrunedTally } from "../../removal.ts";
import { planRetention, type RetentionPlan } from "../../retention-plan.ts";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import { maintain } from "../maintenance.ts";
import { pruneChanges } from "./changes.ts";
import { createExpire } from "./expire.ts";
import type { Lines } from "./lines.ts";
import { dayMs } from "./past-partitions.ts";
import { pruneEntries, pruneNodes, pruneReplays, pruneRevokedTokens, pruneSignIns } from "./prune-others.ts";
import { createPrunePartitions, type Round } from "./prune-partitions.ts";
import { createPruneRuns } from "./prune-runs.ts";
import { dropDetached } from "./remove-partition.ts";
import { listPartitions } from "../partition-list.ts";
import { noteShortenedLog } from "./observation-log.ts";
import { readSwept } from "./swept.ts";

export type RetentionOperations = Pick<Ledger, "prune">;

const lock = 0x7072756e;

/** Removes something. false: nothing is left. */
type Step = () => Promise<boolean>;

export function createRetention(context: Context, lines: Lines): RetentionOperations {
  const { database, clock } = context;
  const expire = createExpire(context, lines);
  const partitions = createPrunePartitions();
  const runs = createPruneRuns();
  let times = "";

  function stepsOf(round: Round, before: PruneBefore, tally: PrunedTally): readonly Step[] {
    const { session, plan } = round;
    const some = (removed: Promise<number>, count?: keyof PrunedTally): Promise<boolean> =>
      removed.then((number) => {
        if (count !== undefined) tally[count] += number;
        return number > 0;
      });
    const next = async (removed: Promise<number | null>, count?: keyof PrunedTally): Promise<boolean> => {
      const number = await removed;
      if (number !== null && count !== undefined) tally[count] += number;
      return number !== null;
    };
    return [
      () => next(partitions.step(round, "events"), "events"),
      async () => next(partitions.dropBelow(session, "attempt", await firstEvent(session))),
      () => next(partitions.step(round, "observations"), "observations"),
      () => next(partitions.step(round, "minutes"), "minuteHours"),
      () =>
        next(
          partitions.dropBelow(session, "idempotency_key", Math.floor(before.idempotencyKeys / dayMs)),
          "idempotencyKeys",
        ),
      ...plan.entries.groups.map((group) => () => some(pruneEntries(session, group), "entries")),
      () => some(pruneSignIns(session, before.signIns), "signIns"),
      () => some(pruneRevokedTokens(session, before.signIns)),
      () => some(pruneReplays(session, plan.events.all)),
      () => runs.step(session),
      () => some(pruneChanges(session, 1_000)),
      () => some(pruneNodes(session)),
    ];
  }

  return {
    async prune(epoch, before, now, budgetMs) {
      const end = clock.monotonic() + budgetMs;
      const plan = planRetention(before, await ownRetentions(database.session), now);
      const wanted = timesOf(plan);
      const tally: PrunedTally = { ...noPrunedRows };
      const lanes = new Set<number>();
      const answer = (more: boolean): Pruned => ({ ...tally, lanes: [...lanes], more });
      for (let more = true; more; ) {
        const expired = await expire(epoch, plan.events.groups, times !== wanted);
        times = wanted;
        tally.expired += expired.count;
        for (const lane of expired.lanes) lanes.add(lane);
        more = expired.more;
        if (more && clock.monotonic() >= end) return answer(true);
      }
      const more = await maintain(database, lock, async (session) => {
        await dropDetached(session);
        await noteShortenedLog(session, Math.max(...plan.observations.groups.map((group) => group.before)));
        const swept = await readSwept(session, wanted);
        for (const step of stepsOf({ session, epoch, plan, swept, now }, before, tally)) {
          while (await step()) if (clock.monotonic() >= end) return true;
        }
        return false;
      });
      // A round ends when all of it is done, whichever calls did it.
      if (more === false) {
        partitions.reset();
        runs.reset();
      }
      return answer(more === true);
    },
  };
}

/** By number of the organization. */
async function ownRetentions(session: Session): Promise<ReadonlyMap<number, OwnRetention>> {
  const rows = await session.rows<{ organization: number; record: string }>(
    "select organization, record from own_retention order by organization",
  );
  return new Map(rows.map(({ organization, record }) => [organization, JSON.parse(record) as OwnRetention]));
}

/** Who keeps what for how long, as text. */
const timesOf = (plan: RetentionPlan): string =>
  JSON.stringify(
    Object.entries(plan).map(([kind, { groups }]) => [
      kind,
      groups.map(({ ms, organizations, isRest }) => [Math.round(ms), organizations, isRest]),
    ]),
  );

/** Where the first partition of events begins; 0: there is none. */
async function firstEvent(session: Session): Promise<number> {
  return (await listPartitions(session, "event"))[0]?.first ?? 0;
}
