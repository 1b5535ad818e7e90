// Statements of minutes: writing them with the progress of sensing, and reading them for the owner.

import type { MinuteOf, MinuteSeries } from "../../../model/minute.ts";
import { seriesNumber } from "../../codes.ts";
import { decodeHour, encodeHour, hourMs, replaceMinutes } from "../../minute-hours.ts";
import type { StoredHour } from "../../minute-page.ts";
import type { EngineContext } from "./engine-context.ts";
import { createReadDays } from "./minute-reads.ts";

/** An hour of one of several subjects. */
export interface HourOf extends StoredHour {
  readonly subject: string;
}

export interface Minutes {
  /** Replaces minutes that are there. Throws for minutes that are none, after writing others: roll back. */
  write(minutes: readonly MinuteOf[]): void;
  /** Subject by subject, in the order given. */
  readMinutes(
    organization: string,
    series: MinuteSeries,
    subjects: readonly string[],
    from: number,
    until: number,
  ): readonly HourOf[];
  /** Must follow every rollback. */
  reset(): void;
}

export function createMinutes(context: EngineContext): Minutes {
  const subjects = createSubjectNumbers(context);
  const readDays = createReadDays(context.database);
  const stored = context.prepare(
    "select minutes from minute_hour where day = ? and organization = ? and subject = ? and hour = ?",
  );
  const put = context.prepare("insert or replace into minute_hour values (?, ?, ?, ?, ?)");

  /** Minutes of one subject and hour together: their row is read and written once. */
  const byHour = (minutes: readonly MinuteOf[]): Iterable<Hour> => {
    const hours = new Map<string, Hour>();
    for (const minute of minutes) {
      const organization = context.organization(minute.organization).number;
      const subject = subjects.number(organization, minute.series, minute.subject);
      const hour = Math.floor(minute.at / hourMs);
      const known = hours.get(`${subject} ${hour}`);
      if (known === undefined) hours.set(`${subject} ${hour}`, { organization, subject, hour, written: [minute] });
      else known.written.push(minute);
    }
    return hours.values();
  };

  const writeHour = ({ organization, subject, hour, written }: Hour): void => {
    const key = [Math.floor(hour / 24), organization, subject, hour % 24] as const;
    const begin = hour * hourMs;
    const before = stored.get(...key)?.["minutes"] as Uint8Array | undefined;
    const kept = before === undefined ? [] : decodeHour(begin, before);
    put.run(...key, encodeHour(begin, replaceMinutes(kept, written)));
  };

  return {
    write(minutes) {
      for (const hour of byHour(minutes)) writeHour(hour);
    },
    readMinutes(organization, series, named, from, until) {
      context.organization(organization);
      return named.flatMap((subject) =>
        [...readDays({ organization, series, subject, from, until })].flatMap(({ hours }) =>
          hours.map((hour) => ({ subject, ...hour })),
        ),
      );
    },
    reset: () => subjects.reset(),
  };
}

/** Minutes to be written into one row. */
interface Hour {
  readonly organization: number;
  readonly subject: number;
  /** Hours since 1970. */
  readonly hour: number;
  readonly written: MinuteOf[];
}

interface SubjectNumbers {
  number(organization: number, series: MinuteSeries, id: string): number;
  reset(): void;
}

/** A subject gets its number with its first minute. */
function createSubjectNumbers(context: EngineContext): SubjectNumbers {
  const find = context.prepare("select number from minute_subject where organization = ? and series = ? and id = ?");
  const insert = context.prepare(
    "insert into minute_subject (organization, series, id) values (?, ?, ?) returning number",
  );
  const numbers = new Map<string, number>();
  return {
    number(organization, series, id) {
      const key = `${organization} ${series} ${id}`;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      const given = [organization, seriesNumber[series], id] as const;
      const number = Number((find.get(...given) ?? insert.get(...given))?.["number"]);
      numbers.set(key, number);
      return number;
    },
    reset: () => numbers.clear(),
  };
}
