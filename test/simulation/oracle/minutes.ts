// The minutes as they must be stored, from what was committed: the last one written of each subject and time, but for those
// past their retention.

import type { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { MinuteOf } from "../../../src/model/minute.ts";
import { seriesNumber } from "../../../src/store/codes.ts";
import { decodeHour, hourMs } from "../../../src/store/minute-hours.ts";
import type { Judge } from "./judge.ts";

export interface MinuteFacts {
  written(minutes: readonly MinuteOf[]): void;
  /** A slice was pruned of minutes before this time. */
  pruned(before: number): void;
  /** Compares with the database. */
  check(): void;
}

const dayMs = 24 * hourMs;

export function createMinuteFacts(judge: Judge, truth: () => DatabaseSync): MinuteFacts {
  const facts = new Map<string, MinuteOf>();
  const keyOf = ({ organization, series, subject, at }: Pick<MinuteOf, "organization" | "series" | "subject" | "at">) =>
    JSON.stringify([organization, series, subject, at]);

  const stored = (): ReadonlyMap<string, MinuteOf> => {
    const rows = truth()
      .prepare(
        "select g.id as organization, s.series, s.id as subject, h.day, h.hour, h.minutes from minute_hour h" +
          " join minute_subject s on s.number = h.subject join organization g on g.number = h.organization",
      )
      .all();
    const series = new Map(Object.entries(seriesNumber).map(([name, number]) => [number, name]));
    const minutes = rows.flatMap((row) =>
      decodeHour(Number(row["day"]) * dayMs + Number(row["hour"]) * hourMs, row["minutes"] as Uint8Array).map(
        (minute): MinuteOf => ({
          organization: String(row["organization"]),
          series: series.get(Number(row["series"]) as 0) as MinuteOf["series"],
          subject: String(row["subject"]),
          ...minute,
        }),
      ),
    );
    return new Map(minutes.map((minute) => [keyOf(minute), minute]));
  };

  return {
    written(minutes) {
      for (const minute of minutes) facts.set(keyOf(minute), minute);
    },
    pruned(before) {
      const left = stored();
      for (const [key, { at }] of facts) {
        if (left.has(key)) continue;
        judge.check(at < before, 14, () => `minute ${key} was deleted before its time`);
        facts.delete(key);
      }
    },
    check() {
      const found = stored();
      judge.check(found.size === facts.size, 14, () => `${found.size} minutes are stored, ${facts.size} should be`);
      for (const [key, minute] of facts) {
        const same = isDeepStrictEqual(found.get(key), minute);
        judge.check(same, 14, () => `minute ${key} is stored otherwise than it was written`);
      }
    },
  };
}
