// CalIt2: people in and out of one door in half-hours of 105 days. How far does a running count drift, how often is it below
// zero, and how far from zero does a day close when nobody can be inside?

import { readFileSync } from "node:fs";
import type { BuildingModel } from "../../src/building/building.ts";
import { wallClock } from "../../src/cli/wall-clock.ts";
import { createRecords } from "../../src/sensing/records.ts";
import { createTrafficOccupancy } from "../../src/sensing/traffic/traffic-occupancy.ts";

export const doorFile = "calit2-door-counts/CalIt2.data";

export interface Slot {
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

export function readSlots(path: string): Slot[] {
  const slots = new Map<number, { at: number; in: number; out: number }>();
  for (const line of readFileSync(path, "utf8")
    .trim()
    .split(/[\r\n]+/)) {
    const [flow, date, time, count] = line.split(",") as [string, string, string, string];
    const [month, day, year] = date.split("/") as [string, string, string];
    const at = wallClock(`20${year}-${month}-${day}`, time)!;
    const slot = slots.get(at) ?? { at, in: 0, out: 0 };
    slot[flow === "9" ? "in" : "out"] += Number(count);
    slots.set(at, slot);
  }
  return [...slots.values()].toSorted((a, b) => a.at - b.at);
}

export interface Drift {
  /** Share of half-hours that end with fewer than nobody. */
  readonly negative: number;
  /** People whom a day closes with just before the reset, where it should be nobody: mean distance from 0, mean, greatest. */
  readonly closingError: number;
  readonly closingMean: number;
  readonly closingMost: number;
  /** Share of days that close with anybody but nobody. */
  readonly openDays: number;
}

const dayMs = 86_400_000;

/** `counts`: people inside after each slot. The day closes with the last slot before `resetHour`. */
export function drift(slots: readonly Slot[], counts: readonly number[], resetHour: number): Drift {
  const day = (at: number): number => Math.floor((at - resetHour * 3_600_000) / dayMs);
  const closing = counts.filter((_, i) => i + 1 < slots.length && day(slots[i]!.at) !== day(slots[i + 1]!.at));
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return {
    negative: counts.filter((count) => count < 0).length / counts.length,
    closingError: mean(closing.map(Math.abs)),
    closingMean: mean(closing),
    closingMost: Math.max(...closing.map(Math.abs)),
    openDays: closing.filter((count) => count !== 0).length / closing.length,
  };
}

/** The plain sum since the last reset, as low as it gets. */
export function runningSum(slots: readonly Slot[], resetHour: number | null): number[] {
  let people = 0;
  return slots.map(({ at, in: entered, out }) => {
    if (resetHour !== null && at % dayMs === resetHour * 3_600_000) people = 0;
    people += entered - out;
    return people;
  });
}

/** What the program says: the last minute of each half-hour, or the count itself where that minute is still open. */
export function sensed(slots: readonly Slot[], model: BuildingModel): { counts: number[]; least: number } {
  const sensing = createTrafficOccupancy(createRecords([]));
  sensing.follow(model);
  const ends = new Map<number, number>();
  let least = Number.POSITIVE_INFINITY;
  const advance = (now: number): void => {
    for (const { subject, at, value, min } of sensing.advance(now, model)) {
      if (subject !== "room") continue;
      ends.set(at, value);
      least = Math.min(least, min);
    }
  };
  for (const { at, in: entered, out } of slots) {
    advance(at);
    sensing.passed({ at, in: entered, out }, model.sensors.get("door")!);
  }
  advance(slots.at(-1)!.at + halfHourMs + 60_000);
  return { counts: slots.map(({ at }) => ends.get(at + halfHourMs - 60_000)!), least };
}

const halfHourMs = 1_800_000;
