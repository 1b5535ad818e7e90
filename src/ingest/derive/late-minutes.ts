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
  readonly report: (error: unknown) => void;
}

const pageSize = 1_000;
/** Late minutes of one organization computed before the log is looked at once more. */
const atOnce = 4;

/** Some of what is due. `folded`: observations behind it are not folded yet and do not count. A minute that cannot be read stays
 * late; those before it are told. */
export async function correctDue(
  deps: LateMinutesDeps,
  organization: string,
  sensing: Sensing | undefined,
  folded: number,
  now: number,
): Promise<readonly OccupancyFact[]> {
  const facts: OccupancyFact[] = [];
  try {
    for (const late of sensing?.late(now).slice(0, atOnce) ?? []) {
      facts.push(...(await correct(deps, organization, sensing!, late, folded, now)));
    }
  } catch (error) {
    deps.report(error);
  }
  return facts;
}

async function correct(
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
