// The sweep of minutes: rows are keyed by day, then organization, so those of one go without a look at others.

import type { EngineContext } from "./engine-context.ts";
import { dayMs } from "./minute-reads.ts";
import { stepRows } from "./prune-step.ts";
import type { SweepStep } from "./sweep-numbered.ts";

export function createSweepMinutes(context: EngineContext): SweepStep {
  const next = context.prepare(
    "select day, organization from minute_hour where (day, organization) > (?, ?) and day < ? order by day, organization limit 1",
  );
  const key = "day, organization, subject, hour";
  const remove = context.prepare(
    `delete from minute_hour where (${key}) in (select ${key} from minute_hour where day = ? and organization = ? limit ?)`,
  );
  return (sweep, tally) => {
    const [day = -1, organization = 0] = sweep.at();
    const found = next.get(day, organization, Math.floor(sweep.before / dayMs)) as
      | { readonly day: number; readonly organization: number }
      | undefined;
    if (found === undefined) return false;
    const removed = sweep.isTheirs(found.organization)
      ? Number(remove.run(found.day, found.organization, stepRows).changes)
      : 0;
    tally.minuteHours += removed;
    if (removed < stepRows) sweep.reached([found.day, found.organization]);
    return true;
  };
}
