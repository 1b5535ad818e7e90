// Why a space counts as it does: what the observation log says by the functions of sensing, beside what is stored and what was
// sent. Reads only; long logs are computed in slices, so that nobody waits for them.

import type { BuildingModel } from "../building/building.ts";
import type { Clock } from "../clock.ts";
import { derivedKey } from "../model/event.ts";
import { type Minute, minuteMs, minuteOf } from "../model/minute.ts";
import { closeAfterMs, explain, type Explanation, neededFor, type Sensing } from "../sensing/sensing.ts";
import type { History } from "../store/history.ts";
import type { Ledger } from "../store/ledger.ts";
import { keptFrom, readFrames } from "./kept-log.ts";
import type { Explained, ExplainedRevision, FromLog, MinuteCount, NotExplained, Space } from "./numbers-port.ts";
import { healthOf } from "./watched.ts";

export interface ExplainDeps {
  readonly ledger: Pick<Ledger, "readFloor" | "readObservations" | "isLogWhole">;
  readonly history: Pick<History, "minutes" | "derived">;
  readonly clock: Clock;
  /** Event types that tell minutes of such a space. */
  readonly minuteTypes: (level: Space["level"]) => readonly string[];
}

/** Of one floor around one minute: some 100 MB of memory. */
const mostFrames = 100_000;
/** A minute is corrected at most once a minute while it may be; by request more often. */
const mostRevisions = 50;

export async function explainSpace(
  deps: ExplainDeps,
  space: Space,
  model: BuildingModel,
  sensing: Sensing | undefined,
  at: number,
): Promise<Explained> {
  const minute = minuteOf(at);
  const stored = await storedMinute(deps.history, space, minute);
  const room = space.level === "room" ? model.rooms.get(space.id) : undefined;
  const now = deps.clock.now();
  return {
    at,
    log: await fromLog(deps, space, model, sensing, at),
    stored,
    revisions: await revisionsOf(deps, space, minute, stored),
    zeroing:
      room === undefined
        ? null
        : {
            enabled: room.pirZero.enabled,
            absentSince: sensing?.motion.absentSince(room, now, model) ?? null,
          },
  };
}

async function fromLog(
  { ledger, clock }: ExplainDeps,
  space: Space,
  model: BuildingModel,
  sensing: Sensing | undefined,
  at: number,
): Promise<FromLog | NotExplained> {
  const kept = await keptFrom(ledger);
  const range = neededFor(at);
  if (range.from < kept) return { reason: "not_kept", keptFrom: kept === Infinity ? null : kept };
  const observations = await readFrames(ledger, space, range, mostFrames);
  if (observations === null) return { reason: "too_much" };
  const steps = explain(model, { level: space.level, id: space.id, at }, observations);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    await new Promise<void>((resolve) => void clock.after(0, resolve));
  }
  // The space was found in this very model.
  return shown(step.value!, model, sensing, clock.now());
}

function shown(
  { moment, minute, value, withTooLate, late, lateCount }: Explanation,
  model: BuildingModel,
  sensing: Sensing | undefined,
  now: number,
): FromLog {
  return {
    ...moment,
    sensors: moment.sensors.map((each) => ({ ...each, health: healthOf(model.sensors.get(each.id)!, sensing) })),
    minute: {
      at: minute,
      isClosed: now >= minute + minuteMs + closeAfterMs,
      computed: minuteCount(value),
      withTooLate: withTooLate === null ? null : { computed: minuteCount(withTooLate.value) },
      late,
      lateCount,
    },
  };
}

function minuteCount(value: Explanation["value"]): MinuteCount | null {
  if (value === null) return null;
  const { observedMs, ...counts } = value;
  return { ...counts, observedS: Math.floor(observedMs / 1_000) };
}

async function storedMinute(
  history: Pick<History, "minutes">,
  { organization, level, id }: Space,
  minute: number,
): Promise<Minute | null> {
  const range = { from: minute, until: minute + minuteMs, limit: 1, after: null };
  const { items } = await history.minutes({ organization, series: "presence", subject: `${level}:${id}`, ...range });
  return items[0] ?? null;
}

/** The newest first. A correction tells the value before it, the stored minute the last one. */
async function revisionsOf(
  { history, minuteTypes }: ExplainDeps,
  { organization, level, id }: Space,
  minute: number,
  stored: Minute | null,
): Promise<readonly ExplainedRevision[]> {
  const last = stored?.revision ?? 0;
  const numbers = Array.from({ length: Math.min(last + 1, mostRevisions) }, (_, index) => last - index);
  const keys = numbers.flatMap((revision) =>
    minuteTypes(level).map((type) => derivedKey({ type, subject: id, at: minute, revision })),
  );
  const found = await history.derived(organization, keys);
  return found.map(({ id: event, type, revision, acceptedAt, deliveries }) => {
    const next = found.find((each) => each.type === type && each.revision === revision + 1)?.previous;
    const value = next != null ? Number(next) : stored?.revision === revision ? stored.value : null;
    return { revision, value, event, type, acceptedAt, deliveries };
  });
}
