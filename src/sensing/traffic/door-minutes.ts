// People through each door, in and out, minute by minute. A minute in which nobody passed is not told.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import { minuteMs, minuteOf } from "../../model/minute.ts";
import type { SensingRecords } from "../records.ts";
import { identityOf, isOf, type SensorIdentity } from "../sensor-identity.ts";
import type { Passage } from "./traffic.ts";
import type { TrafficMinute } from "./traffic-minute.ts";

export interface DoorMinutes {
  /** `open`: minutes before this one stay as they are. False: the passage is older. */
  passed(passage: Passage, sensor: Sensor, open: number): boolean;
  /** Minutes that end up to `until`, new or changed. Those before `open` can change no more and are forgotten. */
  advance(until: number, open: number): TrafficMinute[];
  isEmpty(): boolean;
  follow(model: BuildingModel): void;
}

interface Counted {
  readonly at: number;
  readonly in: number;
  readonly out: number;
  /** As it was told last; null: not yet. */
  readonly told: { readonly in: number; readonly out: number; readonly revision: number } | null;
}

/** The minutes of one sensor that can still change. */
interface Door extends SensorIdentity {
  readonly minutes: readonly Counted[];
}

export function createDoorMinutes(records: SensingRecords): DoorMinutes {
  const doors = records.of<Door>("door-minutes");
  return {
    passed({ at, in: entered, out: left }, sensor, open) {
      if (entered === 0 && left === 0) return true;
      if (at < open) return false;
      const known = doors.get(sensor.id);
      const minutes = known !== undefined && isOf(known, sensor) ? known.minutes : [];
      const minute = minuteOf(at);
      const counted = minutes.find((each) => each.at === minute) ?? { at: minute, in: 0, out: 0, told: null };
      const others = minutes.filter((each) => each.at !== minute);
      const sum = { ...counted, in: counted.in + entered, out: counted.out + left };
      doors.set(sensor.id, { ...identityOf(sensor), minutes: [...others, sum] });
      return true;
    },
    advance(until, open) {
      const found: TrafficMinute[] = [];
      for (const [id, door] of doors.entries()) {
        const told = door.minutes.map((minute) => tell(id, minute, until, found));
        const kept = told.filter(({ at }) => at >= open);
        if (kept.length === 0) doors.delete(id);
        else if (kept.length < told.length || told.some((each, index) => each !== door.minutes[index])) {
          doors.set(id, { ...door, minutes: kept });
        }
      }
      return found;
    },
    isEmpty: () => doors.entries()[Symbol.iterator]().next().done === true,
    follow(model) {
      for (const [id, door] of doors.entries()) if (!isOf(door, model.sensors.get(id))) doors.delete(id);
    },
  };
}

/** Adds the minute to `found` where it is finished and was not told as it is. */
function tell(subject: string, minute: Counted, until: number, found: TrafficMinute[]): Counted {
  // A late total moves people to an earlier minute, which may lie before the last one that can change.
  const [entered, left] = [Math.max(minute.in, 0), Math.max(minute.out, 0)];
  const { at, told } = minute;
  if (at + minuteMs > until) return minute;
  if (entered === (told?.in ?? 0) && left === (told?.out ?? 0)) return minute;
  const revision = told === null ? 0 : told.revision + 1;
  const counts = { value: entered, out: left, min: entered, max: entered, mean: entered };
  found.push({ series: "traffic", subject, at, ...counts, observedS: 60, revision });
  return { ...minute, told: { in: entered, out: left, revision } };
}
