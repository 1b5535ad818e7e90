// Minutes: written with the progress of sensing, an hour of one subject a row, and read for the owner.

import type { MinuteOf } from "../../../model/minute.ts";
import { seriesNumber } from "../../codes.ts";
import type { Ledger } from "../../ledger.ts";
import { decodeHour, encodeHour, hourMs, replaceMinutes } from "../../minute-hours.ts";
import { minutesWithin } from "../../minute-page.ts";
import { bytes, integers, texts } from "../arrays.ts";
import { withoutNul } from "../../storable-text.ts";
import type { Context, InternedOrganization } from "../context.ts";
import type { Session } from "../database.ts";

export type MinuteReadsOperations = Pick<Ledger, "readMinutes">;

/** Minutes that are written into one row. */
interface Hour {
  readonly organization: number;
  readonly series: number;
  readonly id: string;
  /** Hours since 1970. */
  readonly hour: number;
  readonly written: MinuteOf[];
}

interface Stored {
  /** From 1 on. */
  readonly place: number;
  /** null: the subject has no number yet. */
  readonly subject: number | null;
  readonly minutes: Uint8Array | null;
}

const hoursOfDay = 24;

export const findHours =
  "select w.place, s.number as subject, h.minutes from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])" +
  " with ordinality w (organization, series, id, day, hour, place) left join lateral (select number from minute_subject s" +
  " where s.organization = w.organization::integer and s.series = w.series::smallint and s.id = w.id limit 1) s on true" +
  " left join lateral (select minutes from minute_hour h where h.organization = w.organization::integer" +
  " and h.subject = s.number and h.day = w.day::integer and h.hour = w.hour::smallint limit 1) h on true order by w.place";
const addSubjects =
  "insert into minute_subject (organization, series, id) select distinct * from unnest($1::bigint[], $2::bigint[], $3::text[])" +
  " on conflict (organization, series, id) do update set id = excluded.id returning number, organization, series, id";
const putHours =
  "insert into minute_hour (day, organization, subject, hour, minutes) select * from" +
  " unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])" +
  " on conflict (organization, subject, day, hour) do update set minutes = excluded.minutes";
/** Limits keep it a walk along the index of each partition, for one subject after the other. */
export const readHours =
  "select w.id as subject, h.day, h.hour, h.minutes from unnest($3::text[]) with ordinality w (id, place)" +
  " cross join lateral (select number from minute_subject where organization = $1 and series = $2 and id = w.id limit 1) s" +
  " cross join lateral (select day, hour, minutes from minute_hour h where h.organization = $1 and h.subject = s.number" +
  " and h.day >= $4 and h.day <= $6 and (h.day > $4 or h.hour >= $5) and (h.day < $6 or h.hour <= $7)" +
  " order by day, hour limit 1000000) h order by w.place, h.day, h.hour";

/** Replaces minutes that are there. Throws for minutes that are none. */
export async function writeMinutes(
  session: Session,
  minutes: readonly MinuteOf[],
  organizations: ReadonlyMap<string, InternedOrganization>,
): Promise<void> {
  if (minutes.length === 0) return;
  const hours = byHour(minutes, organizations);
  const stored = await session.rows<Stored>(findHours, [
    integers(hours.map(({ organization }) => organization)),
    integers(hours.map(({ series }) => series)),
    texts(hours.map(({ id }) => id)),
    integers(hours.map(({ hour }) => Math.floor(hour / hoursOfDay))),
    integers(hours.map(({ hour }) => hour % hoursOfDay)),
  ]);
  const numbers = await numberSubjects(
    session,
    hours.filter((_, index) => stored[index]!.subject === null),
  );
  await session.run(putHours, [
    integers(hours.map(({ hour }) => Math.floor(hour / hoursOfDay))),
    integers(hours.map(({ organization }) => organization)),
    integers(hours.map((hour, index) => stored[index]!.subject ?? numbers.get(subjectOf(hour))!)),
    integers(hours.map(({ hour }) => hour % hoursOfDay)),
    bytes(hours.map((hour, index) => replaced(hour, stored[index]!.minutes))),
  ]);
}

function byHour(
  minutes: readonly MinuteOf[],
  organizations: ReadonlyMap<string, InternedOrganization>,
): readonly Hour[] {
  const hours = new Map<string, Hour>();
  for (const minute of minutes) {
    const organization = organizations.get(minute.organization)!.number;
    const series = seriesNumber[minute.series];
    const hour = Math.floor(minute.at / hourMs);
    const name = `${organization} ${series} ${hour} ${minute.subject}`;
    const known = hours.get(name);
    if (known === undefined) hours.set(name, { organization, series, id: minute.subject, hour, written: [minute] });
    else known.written.push(minute);
  }
  return [...hours.values()];
}

function replaced({ hour, written }: Hour, before: Uint8Array | null): Uint8Array {
  const begin = hour * hourMs;
  return encodeHour(begin, replaceMinutes(before === null ? [] : decodeHour(begin, before), written));
}

const subjectOf = ({ organization, series, id }: Pick<Hour, "organization" | "series" | "id">): string =>
  `${organization} ${series} ${withoutNul(id)}`;

/** A subject gets its number with its first minute. */
async function numberSubjects(session: Session, hours: readonly Hour[]): Promise<ReadonlyMap<string, number>> {
  if (hours.length === 0) return new Map();
  const added = await session.rows<Pick<Hour, "organization" | "series" | "id"> & { number: number }>(addSubjects, [
    integers(hours.map(({ organization }) => organization)),
    integers(hours.map(({ series }) => series)),
    texts(hours.map(({ id }) => id)),
  ]);
  return new Map(added.map((each) => [subjectOf(each), each.number]));
}

export function createMinuteReads(context: Context): MinuteReadsOperations {
  const { session } = context.database;
  return {
    async readMinutes(organization, series, subjects, from, until) {
      const { number } = await context.organization(session, organization);
      const [first, last] = [Math.floor(from / hourMs), Math.floor((until - 1) / hourMs)];
      const found = await session.rows<{ subject: string; day: number; hour: number; minutes: Uint8Array }>(readHours, [
        number,
        seriesNumber[series],
        texts(subjects),
        Math.floor(first / hoursOfDay),
        first % hoursOfDay,
        Math.floor(last / hoursOfDay),
        last % hoursOfDay,
      ]);
      return found.flatMap(({ subject, day, hour, minutes }) =>
        minutesWithin([{ hour: (day * hoursOfDay + hour) * hourMs, minutes }], from, until).map((minute) => ({
          organization,
          series,
          subject,
          ...minute,
        })),
      );
    },
  };
}
