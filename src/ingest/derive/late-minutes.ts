// Late minutes, from mark to correction: reads the observations of a floor from the log, computes the minute again and compares
// it with its row. Long logs are read page by page and computed in slices, so that nobody waits for them.

import type { OccupancyFact } from "../../model/fact.ts";
import { minuteMs } from "../../sensing/minutes/estimator.ts";
import { isTooLate } from "../../sensing/minutes/floor-minutes.ts";
import type { LateMinute } from "../../sensing/minutes/late-minutes.ts";
import { rangeOf, recompute } from "../../sensing/minutes/recompute.ts";
import type { Sensing } from "../../sensing/sensing.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Ledger, LogPlace } from "../../store/ledger.ts";

export interface LateMinutesDeps {
  readonly ledger: Pick<Ledger, "readFloor" | "readMinutes">;
  /** Lets others work. */
  readonly breathe: () => Promise<void>;
}

const pageSize = 1_000;

/** `folded`: observations behind it are not folded yet and do not count. */
export async function correct(
  { ledger, breathe }: LateMinutesDeps,
  organization: string,
  sensing: Sensing,
  late: LateMinute,
  folded: number,
  now: number,
): Promise<readonly OccupancyFact[]> {
  const layout = sensing.presence.layout(late.floor);
  if (layout === null) return sensing.presence.recomputed(late, [], [], now);
  const observations: LoggedObservation[] = [];
  const { from, until } = rangeOf(late.minute);
  for await (const page of pages(ledger, organization, late.floor, from, until)) {
    for (const each of page) if (each.position <= folded) observations.push(each);
  }
  const steps = recompute(layout, observations, late.minute, isTooLate(late.minute, now));
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await breathe();
  const subjects = step.value.map(([space]) => layout.spaces[space]!.key);
  const rows = await ledger.readMinutes(organization, "presence", subjects, late.minute, late.minute + minuteMs);
  const before = rows.map(({ subject, ...minute }) => ({ ...minute, space: subject }));
  return sensing.presence.recomputed(late, step.value, before, now);
}

async function* pages(
  ledger: Pick<Ledger, "readFloor">,
  organization: string,
  floor: string,
  from: number,
  until: number,
): AsyncGenerator<readonly LoggedObservation[]> {
  let after: LogPlace | undefined;
  for (;;) {
    const page = await ledger.readFloor(organization, floor, from, until, pageSize, after);
    yield page;
    if (page.length < pageSize) return;
    const { observation, position } = page.at(-1)!;
    after = { at: observation.at, position };
  }
}
