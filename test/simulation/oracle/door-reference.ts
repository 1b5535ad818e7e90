// People who passed the door counter of the hall, from the totals in the log: as many as the totals have grown by, one device at
// a time, whatever the order in which they came.

import type { TrafficObservation } from "../../../src/model/observation.ts";
import type { NewEvent } from "../../../src/store/acceptance.ts";
import { minute } from "../profile.ts";
import type { Judge } from "./judge.ts";

export interface DoorReference {
  logged(position: number, observation: TrafficObservation): void;
  said(event: NewEvent): void;
  /** Another device hangs there from now on. */
  replaced(): void;
  check(): void;
}

/** What one device counted. */
interface Device {
  readonly totals: { readonly at: number; readonly total: number }[];
  /** Positions behind it are of this device. */
  readonly after: number;
  /** When it was put up, monotonic ms. */
  readonly since: number;
  told: number;
  /** Not judged: reports around its replacement may be of either. */
  isUnclear: boolean;
}

const keptMs = 5 * minute;
const changeKnownMs = 5 * minute;
/** Counters of two bytes begin above it; below it they have rolled over. */
const leastTotal = 30_000;

export function createDoorReference(judge: Judge, now: () => number): DoorReference {
  const devices: Device[] = [{ totals: [], after: 0, since: -Infinity, told: 0, isUnclear: false }];
  let last = { position: 0, when: -Infinity };
  const newest = (): Device => devices.at(-1)!;

  return {
    logged(position, { at, total_in = 0 }) {
      const device = newest();
      last = { position, when: now() };
      if (last.when - device.since < changeKnownMs) device.isUnclear = true;
      const latest = Math.max(...device.totals.map((each) => each.at), 0);
      // The next one holds what too late a total would tell.
      if (at < latest - keptMs) return;
      const total = total_in < leastTotal ? total_in + 65_536 : total_in;
      const isOrderly = device.totals.every(
        (each) => each.at === at || each.at < at === each.total <= total || each.total === total,
      );
      if (!isOrderly) device.isUnclear = true;
      device.totals.push({ at, total });
    },
    said({ key, body }) {
      const position = Number(key?.split("#")[1]);
      const { data } = JSON.parse(body) as { readonly data: { readonly in: number } };
      devices.findLast(({ after }) => position > after)!.told += data.in;
    },
    replaced() {
      if (now() - last.when < changeKnownMs) newest().isUnclear = true;
      devices.push({ totals: [], after: last.position, since: now(), told: 0, isUnclear: false });
    },
    check() {
      for (const [index, { totals, told, isUnclear }] of devices.entries()) {
        if (isUnclear) continue;
        const all = totals.map(({ total }) => total);
        const grown = all.length === 0 ? 0 : Math.max(...all) - Math.min(...all);
        judge.check(told === grown, 25, () => `device ${index} of the door counted ${grown}, told were ${told}`);
      }
    },
  };
}
