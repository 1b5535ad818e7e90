// What keeping minutes costs: bytes on the disk for a space and day, of an office room that changes every minute for ten hours
// and of an empty one; how long a year of one space takes to read, in pages of a week; how long the minutes of all spaces take
// to write. The store alone, on its threads. `--events` are the days of the year.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { minuteMs } from "../src/model/minute.ts";
import type { Store } from "../src/store/store.ts";
import { median, round } from "./harness/figures.ts";
import {
  changing,
  dayMs,
  empty,
  fill,
  firstDay,
  type House,
  hourMs,
  minutesAt,
  openIn,
  organization,
  subjectOf,
} from "./harness/minute-house.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";

await run(async () => {
  const options = readOptions();
  const year = options.events ?? 365;
  const days = Math.min(year, 5);
  const office = await measureBytes({ rooms: 100, days, minuteOf: changing });
  const quiet = await measureBytes({ rooms: 100, days, minuteOf: empty });
  const { readMs, minutes } = await measureYear({ rooms: 40, days: year, minuteOf: changing });
  const writeMs = await measureWriting(2_000, Math.min(year * 20, 180));
  say(`minutes: a day of a changing room ${office.toFixed(0)} B, of an empty one ${quiet.toFixed(0)} B`);
  say(`minutes: a year of one room (${minutes} minutes) read in ${readMs.toFixed(0)} ms`);
  say(`minutes: one minute of 2,000 rooms written in ${writeMs.toFixed(0)} ms`);
  report(options, "minutes", {
    bytes_per_changing_day: round(office, 0),
    bytes_per_empty_day: round(quiet, 0),
    year_read_ms: round(readMs, 1),
    write_2000_ms: round(writeMs, 1),
  });
});

async function measureBytes(house: House): Promise<number> {
  const directory = makePlace();
  await (await openIn(directory)).store.close();
  const before = sizeOf(directory);
  const { store, write } = await openIn(directory);
  await fill(write, house);
  await store.close();
  return (sizeOf(directory) - before) / (house.rooms * house.days);
}

async function measureYear(house: House): Promise<{ readMs: number; minutes: number }> {
  const { store, write } = await openIn(makePlace());
  await fill(write, house);
  const times: number[] = [];
  let minutes = 0;
  for (let room = 0; room < 9; room++) {
    const begun = performance.now();
    minutes = await readYear(store, subjectOf(room));
    times.push(performance.now() - begun);
  }
  await store.close();
  return { readMs: median(times), minutes };
}

async function readYear({ history }: Store, subject: string): Promise<number> {
  let minutes = 0;
  let after: number | null = null;
  const range = { organization, series: "presence", subject, from: firstDay, until: firstDay + 366 * dayMs } as const;
  do {
    const page = await history.minutes({ ...range, limit: 10_080, after });
    minutes += page.items.length;
    after = page.after;
  } while (after !== null);
  return minutes;
}

/** The median over so many minutes, one by one: the rows of an hour grow with each. */
async function measureWriting(rooms: number, minutesWritten: number): Promise<number> {
  const { store, write } = await openIn(makePlace());
  const house = { rooms, days: 1, minuteOf: changing };
  const times: number[] = [];
  for (let index = 0; index < minutesWritten; index++) {
    const minutes = minutesAt(house, firstDay + 9 * hourMs + index * minuteMs);
    const begun = performance.now();
    await write(minutes);
    times.push(performance.now() - begun);
  }
  await store.close();
  return median(times);
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}
