// Late minutes, from mark to correction: reads the observations of a floor from the log, computes the minute again and compares
// it with its row. Long logs are read page by page and computed in slices, so that nobody waits for them.

import type { OccupancyFact } from "../../model/fact.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { LateFloorMinute, Sensing } from "../../sensing/sensing.ts";
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
  late: LateFloorMinute,
  folded: number,
  now: number,
): Promise<readonly OccupancyFact[]> {
  const observations: LoggedObservation[] = [];
  for await (const page of pages(ledger, organization, late)) {
    for (const each of page) if (each.position <= folded) observations.push(each);
  }
  const steps = sensing.compute(late, observations);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await breathe();
  const { subjects, compare } = step.value;
  return compare(
    await ledger.readMinutes(organization, "presence", subjects, late.minute, late.minute + minuteMs),
    now,
  );
}

const minuteMs = 60_000;

async function* pages(
  ledger: Pick<Ledger, "readFloor">,
  organization: string,
  { floor, from, until }: LateFloorMinute,
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
