// What one motion sensor of a room has said: when it last saw motion, and whether it can be relied on to say so. Pure.

import type { Sensor } from "../../building/building.ts";
import { identityOf, type SensorIdentity } from "../sensor-identity.ts";
import { addGap, type Gaps, usualGap } from "../usual-gap.ts";

export interface Report {
  readonly at: number;
  readonly motion: boolean;
}

export interface Pir extends SensorIdentity {
  /** Its first report, epoch ms. */
  readonly began: number;
  /** Its last reports, in order of time. */
  readonly reports: readonly Report[];
  /** The last motion in reports that are not kept; null: none. */
  readonly moved: number | null;
  /** Its newest message of any kind, epoch ms. */
  readonly heard: number;
  /** Between messages that nobody's moving caused. */
  readonly gaps: Gaps | null;
  /** How often it repeats that nothing moves, ms, smoothed; null: it never did. */
  readonly rhythm: number | null;
}

/** A report that comes this much later than a newer one is still sorted in. */
const keptMs = 5 * 60_000;
const mostKept = 32;
/** Nobody is unknown before this long a silence, however fast they usually speak. */
const leastSilenceMs = 10_000;

export function newPir(sensor: Sensor, at: number): Pir {
  return { ...identityOf(sensor), began: at, reports: [], moved: null, heard: at, gaps: null, rhythm: null };
}

/** It sent something at `at`. `unprompted`: nobody's moving caused the message, so that it tells how often the sensor speaks
 * of itself. One that speaks only when something moves has no usual gap. */
export function withMessage(pir: Pir, at: number, unprompted: boolean): Pir {
  if (at <= pir.heard) return pir;
  return { ...pir, heard: at, gaps: unprompted ? addGap(pir.gaps, at - pir.heard, at) : pir.gaps };
}

export function withReport(pir: Pir, report: Report): Pir {
  const newest = pir.reports.at(-1);
  const began = Math.min(pir.began, report.at);
  if (newest !== undefined && report.at < newest.at - keptMs) {
    return report.motion ? { ...pir, began, moved: Math.max(pir.moved ?? 0, report.at) } : { ...pir, began };
  }
  // Of two reports of one moment motion counts.
  const index = pir.reports.findLastIndex(({ at }) => at <= report.at);
  const same = pir.reports[index];
  const reports =
    same?.at === report.at
      ? pir.reports.with(index, { at: report.at, motion: same.motion || report.motion })
      : [...pir.reports.slice(0, index + 1), report, ...pir.reports.slice(index + 1)];
  const repeats = !report.motion && newest?.motion === false && report.at > newest.at;
  const rhythm = repeats ? smoothed(pir.rhythm, report.at - newest.at) : pir.rhythm;
  return trimmed({ ...pir, began, reports, rhythm });
}

export function isMoving({ reports }: Pir): boolean {
  return reports.at(-1)?.motion ?? false;
}

/** When it last saw motion up to `at`; null: never. Motion lasts until the report of rest that its end prompted. */
export function lastMotion({ reports, moved, rhythm }: Pir, at = Infinity): number | null {
  const last = motionsOf({ reports, rhythm }).findLast((each) => each <= at) ?? null;
  return moved !== null && moved <= at ? Math.max(last ?? 0, moved) : last;
}

/** Moments of motion in the reports that are kept, in order. */
export function motionsOf({ reports, rhythm }: Pick<Pir, "reports" | "rhythm">): number[] {
  return reports
    .filter((report, index) => report.motion || isEnd(reports[index - 1], report, rhythm))
    .map(({ at }) => at);
}

/** When it last moved before `at` is not kept any more. */
export const isForgotten = ({ moved }: Pir, at: number): boolean => moved !== null && moved > at;

/** A report of rest that comes when the sensor would have reported anyway says that nothing moved since the one before it. */
function isEnd(before: Report | undefined, rest: Report, rhythm: number | null): boolean {
  return before?.motion === true && (rhythm === null || rest.at - before.at < rhythm / 2);
}

/** Until when it can be said whether anything moves there: for twice its usual gap after it was heard of. */
export function knownUntil({ heard, gaps }: Pir): number {
  const usual = usualGap(gaps);
  return usual === null ? Infinity : heard + Math.max(2 * usual, leastSilenceMs);
}

export const isUnknown = (pir: Pir, at: number): boolean => at > knownUntil(pir);

/** An outage counts as no more than one report that was lost. */
function smoothed(rhythm: number | null, gap: number): number {
  return rhythm === null ? gap : Math.round(rhythm + (Math.min(gap, 2 * rhythm) - rhythm) / 8);
}

function trimmed(pir: Pir): Pir {
  const { reports } = pir;
  const from = reports.at(-1)!.at - keptMs;
  const first = Math.max(
    reports.findIndex(({ at }) => at >= from),
    reports.length - mostKept,
  );
  if (first === 0) return pir;
  const endsMotion = reports[first - 1]!.motion && !reports[first]!.motion;
  const moved = lastMotion({ ...pir, reports: reports.slice(0, endsMotion ? first + 1 : first) });
  return { ...pir, reports: reports.slice(first), moved };
}
