// What a report costs: a year of one room in windows of an hour, from the request to the text of the answer, beside the bare
// reading of the same minutes; the same over shorter times; and how long the event loop was held up meanwhile. The store on its
// threads, without HTTP. `--events` are the days of the year.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { compileBuilding } from "../src/building/compile.ts";
import { systemClock as clock } from "../src/clock.ts";
import { reportAnswer } from "../src/dialects/butlr/reporting/answer.ts";
import { readWhole } from "../src/dialects/butlr/reporting/reader.ts";
import { runReport } from "../src/dialects/butlr/reporting/report.ts";
import { reportRequest } from "../src/dialects/butlr/reporting/request.ts";
import { createTurns, pauseOf } from "../src/turns.ts";
import type { Store } from "../src/store/store.ts";
import { median, round } from "./harness/figures.ts";
import { changing, dayMs, fill, firstDay, openIn, organization, roomId, subjectOf } from "./harness/minute-house.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";

const rooms = 40;

const model = compileBuilding({
  organization: { id: organization, name: "Minutes" },
  sites: [
    {
      id: "site_1",
      name: "Site",
      timezone: "America/Los_Angeles",
      buildings: [
        {
          id: "building_1",
          name: "Building",
          butterflymx_id: 1,
          floors: [
            {
              id: "space_1",
              name: "Floor",
              rooms: Array.from({ length: rooms }, (_, room) => ({ id: roomId(room), name: `Room ${room}` })),
            },
          ],
        },
      ],
    },
  ],
});

const turns = createTurns(clock);

await run(async () => {
  const options = readOptions();
  const year = options.events ?? 365;
  const rounds = options.rounds ?? 9;
  const days = [...new Set([7, 30, 90, year].filter((each) => each <= year))];
  const { store, write } = await openIn(makePlace());
  await fill(write, { rooms, days: year, minuteOf: changing });

  const perRow: number[] = [];
  let [whole, bare, rows] = [0, 0, 0];
  for (const length of days) {
    const [reports, readings]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const room = round % rooms;
      const begun = performance.now();
      const text = await reportOf(store, room, length);
      reports.push(performance.now() - begun);
      rows = (JSON.parse(text) as { data: readonly unknown[] }).data.length;
      const from = performance.now();
      await readOnly(store, room, length);
      readings.push(performance.now() - from);
    }
    [whole, bare] = [median(reports), median(readings)];
    perRow.push(round((whole / rows) * 1000, 1));
    say(`reporting: ${length} days, ${rows} rows in ${whole.toFixed(1)} ms; reading alone ${bare.toFixed(1)} ms`);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let round = 0; round < rounds; round++) await reportOf(store, round % rooms, year);
  delay.disable();
  await store.close();
  report(options, "reporting", {
    at_days: days,
    us_per_row: perRow,
    rows_per_s: round((rows / whole) * 1000, 0),
    year_hourly_ms: round(whole, 1),
    baseline: round(bare, 1),
    ratio: round(bare / whole, 3),
    loop_delay_p99_ms: round(delay.percentile(99) / 1e6, 1),
    loop_delay_most_ms: round(delay.max / 1e6, 1),
  });
});

async function reportOf({ history }: Store, room: number, days: number): Promise<string> {
  const now = clock.now();
  const body = {
    filter: {
      measurements: ["room_occupancy"],
      start: new Date(firstDay).toISOString(),
      stop: new Date(firstDay + days * dayMs).toISOString(),
      rooms: { eq: [roomId(room)] },
    },
    window: { every: "1h", function: "median", timezone: "America/Los_Angeles" },
  };
  const request = readWhole(body, reportRequest(now));
  const found = await runReport(request, model, now, { history, turns });
  return reportAnswer(request, found, pauseOf(turns, organization));
}

async function readOnly({ history }: Store, room: number, days: number): Promise<void> {
  let after: number | null = null;
  const range = { organization, series: "presence", subject: subjectOf(room) } as const;
  do {
    const page = await history.minutes({
      ...range,
      from: firstDay,
      until: firstDay + days * dayMs,
      limit: 10_080,
      after,
    });
    after = page.after;
  } while (after !== null);
}
