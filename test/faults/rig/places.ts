// What a run has opened and must close again, however it ends: directories, mounts, processes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const open: (() => unknown)[] = [];

export function atEnd(close: () => unknown): void {
  open.push(close);
}

/** A new directory that is removed at the end. */
export function makePlace(): string {
  const place = mkdtempSync(join(tmpdir(), "belfry-faults-"));
  atEnd(() => rmSync(place, { recursive: true, force: true }));
  return place;
}

/** Last opened, first closed. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).toReversed()) await close();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Waits until it is so; throws what it was waiting for when that takes longer than `ms`. */
export async function until(what: string, ms: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + ms; !(await isSo()); await pause(20)) {
    if (performance.now() > end) throw new Error(`after ${ms} ms still waiting: ${what}`);
  }
}

/** Waits until nothing is left; throws when for `ms` nothing became less, with how much is left. */
export async function untilNoneLeft(what: string, ms: number, left: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  for (let end = performance.now() + ms; ; await pause(250)) {
    const now = await left();
    if (now === 0) return;
    if (now < least) [least, end] = [now, performance.now() + ms];
    else if (performance.now() > end) throw new Error(`for ${ms} ms nothing of it became less: ${now} ${what}`);
  }
}
