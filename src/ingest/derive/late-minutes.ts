// Late minutes, from mark to correction: reads the observations of a floor from the log, computes the minute again and compares
// it with its row. Long logs are read page by page and computed in slices, so that nobody waits for them.

import type { Log } from "../../log.ts";
import type { OccupancyFact } from "../../model/fact.ts";
import { minuteMs } from "../../model/minute.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { LateFloorMinute, Sensing } from "../../sensing/sensing.ts";
import type { LogPlace } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";

export interface LateMinutesDeps {
  readonly ledger: Pick<Ledger, "readFloor" | "readMinutes">;
  /** Lets others work. */
  readonly breathe: () => Promise<void>;
  readonly log: Log;
}

const pageSize = 1_000;

/** Throws where the log cannot be read: the minute then stays late. `folded`: observations behind it are not folded yet and do
 * not count. */
export async function correct(
  { ledger, breathe, log }: LateMinutesDeps,
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
  const computed = await undertake(async () => {
    const steps = sensing.compute(late, observations);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await breathe();
    return step.value;
  });
  if ("error" in computed) return giveUp(computed.error);
  const { subjects, compare } = computed.value;
  const rows = await ledger.readMinutes(organization, "presence", subjects, late.minute, late.minute + minuteMs);
  const compared = await undertake(() => compare(rows, now));
  return "error" in compared ? giveUp(compared.error) : compared.value;

  /** It could not be computed the next time either. */
  function giveUp(err: unknown): readonly OccupancyFact[] {
    const { floor, minute } = late;
    log.error("sensing.left_out", { err, organization, floor, minute }, "A late minute could not be computed again.");
    sensing.giveUp(late, now);
    return [];
  }
}

async function undertake<Value>(work: () => Value | Promise<Value>): Promise<{ value: Value } | { error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

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
