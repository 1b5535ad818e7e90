// `POST /api/v4/reporting/stats`: what the minutes of each named space come to over the whole time [clients.md §1.4].

import type { BuildingModel } from "../../../building/building.ts";
import { BelfryError } from "../../../errors.ts";
import { isOpen, type OpeningHours, openingHours } from "./opening-hours.ts";
import { floorPlace, type ReportPlace, roomPlace, zonePlace } from "./place-columns.ts";
import { minutePages, type MinuteReaderDeps, mostMinutes } from "./read-minutes.ts";
import { fieldsOf, listOf, note, type Reader, someOf, textOf } from "./reader.ts";
import { closedAfterMs } from "./report.ts";
import type { ReportSeries } from "./series.ts";
import { createTally, type Tally } from "./tally.ts";
import { moment } from "./time-text.ts";
import { dayMs, minuteMs } from "./time-windows.ts";

interface StatsMeasurement {
  readonly by: "presence" | "traffic";
  readonly statistic: "mean" | "median";
  /** Only minutes with somebody in them. */
  readonly used: boolean;
}

const measurements = {
  occupancy_avg_presence: { by: "presence", statistic: "mean", used: false },
  occupancy_avg_traffic: { by: "traffic", statistic: "mean", used: false },
  occupancy_median_presence: { by: "presence", statistic: "median", used: false },
  occupancy_median_traffic: { by: "traffic", statistic: "median", used: false },
  occupancy_used_avg_presence: { by: "presence", statistic: "mean", used: true },
  occupancy_used_avg_traffic: { by: "traffic", statistic: "mean", used: true },
  occupancy_used_median_presence: { by: "presence", statistic: "median", used: true },
  occupancy_used_median_traffic: { by: "traffic", statistic: "median", used: true },
} as const satisfies Record<string, StatsMeasurement>;

type MeasurementName = keyof typeof measurements;
const names = Object.keys(measurements) as MeasurementName[];

export interface StatsRequest {
  readonly measurements: readonly MeasurementName[];
  readonly items: readonly string[];
  readonly start: number;
  readonly stop: number;
  readonly hours: OpeningHours | null;
}

const mostItems = 1_000;
const usualMs = 7 * dayMs;

/** `now`: epoch ms. */
export const statsRequest =
  (now: number): Reader<StatsRequest> =>
  (body, path, faults) => {
    const fields = fieldsOf(body, path, faults, ["measurements", "items", "start", "stop", "filters"]);
    const named = fields.need("measurements", someOf(names), []);
    const items = fields.need("items", listOf(textOf(200), mostItems), []);
    const stop = fields.get("stop", moment(now)) ?? now;
    const start = fields.get("start", moment(now)) ?? Math.max(0, stop - usualMs);
    if (start > stop) note(faults, "start", "must not be later than stop.");
    const hours = fields.get("filters", openingHours);
    return { measurements: named, items: [...new Set(items)], start, stop, hours };
  };

/** A number under each name; null: nothing was observed of it. */
type Statistics = Readonly<Record<string, number | null>>;

/** By item, in the order asked for. Those that the model does not have, and those of which nothing was observed, are left out.
 * Throws BAD_REQUEST for what is too large. */
export async function runStats(
  request: StatsRequest,
  model: BuildingModel,
  now: number,
  deps: MinuteReaderDeps,
): Promise<Readonly<Record<string, Statistics>>> {
  const stop = Math.min(request.stop, now - closedAfterMs);
  const kinds = [...new Set(request.measurements.map((name) => measurements[name].by))];
  const minutes = (Math.max(0, stop - request.start) / minuteMs) * request.items.length * kinds.length;
  if (minutes > mostMinutes) {
    throw new BelfryError(
      "BAD_REQUEST",
      `At most ${mostMinutes} minutes are read. Name fewer items or a shorter time.`,
    );
  }
  const found: [string, Statistics][] = [];
  for (const item of request.items) {
    const place = spaceOf(item, model);
    if (place === null) continue;
    const statistics = await statisticsOf(place, { ...request, stop }, model, deps);
    if (statistics !== null) found.push([item, statistics]);
  }
  return Object.fromEntries(found);
}

interface Space {
  readonly level: "floor" | "room" | "zone";
  readonly place: ReportPlace;
  readonly id: string;
}

function spaceOf(id: string, { floors, rooms, zones }: BuildingModel): Space | null {
  const [room, zone, floor] = [rooms.get(id), zones.get(id), floors.get(id)];
  if (room !== undefined) return { level: "room", place: roomPlace(room), id: room.id };
  if (zone !== undefined) return { level: "zone", place: zonePlace(zone), id: zone.id };
  return floor === undefined ? null : { level: "floor", place: floorPlace(floor), id: floor.id };
}

/** All minutes of a space by one estimate, and those with somebody in them. */
interface Tallies {
  readonly all: Tally;
  readonly used: Tally;
}

async function statisticsOf(
  space: Space,
  request: StatsRequest,
  model: BuildingModel,
  deps: MinuteReaderDeps,
): Promise<Statistics | null> {
  const open = isOpen(request.hours, space.place.building.site.timezone);
  // The first minute that begins in the time asked for, and the last that ends in it.
  const from = Math.ceil(request.start / minuteMs) * minuteMs;
  const until = Math.floor(request.stop / minuteMs) * minuteMs;
  const range = { organization: model.organization.id, from, until };
  const tallies: Record<StatsMeasurement["by"], Tallies> = { presence: newTallies(), traffic: newTallies() };
  for (const by of new Set(request.measurements.map((name) => measurements[name].by))) {
    const { all, used } = tallies[by];
    for await (const minutes of minutePages(deps, range, sourceOf(space, by))) {
      for (const { at, value } of minutes) {
        if (open !== null && !open(at)) continue;
        all.add(value);
        if (value > 0) used.add(value);
      }
    }
  }
  const tallyOf = ({ by, used }: StatsMeasurement): Tally => (used ? tallies[by].used : tallies[by].all);
  if (request.measurements.every((name) => tallies[measurements[name].by].all.count === 0)) return null;
  const first = tallyOf(measurements[request.measurements[0]!]);
  const asked = request.measurements.map((name) => {
    const measurement = measurements[name];
    return [name, tallyOf(measurement).of(measurement.statistic)] as const;
  });
  return { ...statisticNames(first), ...Object.fromEntries(asked) };
}

const newTallies = (): Tallies => ({ all: createTally(), used: createTally() });

const sourceOf = ({ level, id }: Space, by: StatsMeasurement["by"]): Pick<ReportSeries, "series" | "subject"> =>
  by === "presence" ? { series: "presence", subject: `${level}:${id}` } : { series: "traffic_occupancy", subject: id };

const statisticNames = (tally: Tally): Statistics => ({
  count: tally.of("count"),
  first: tally.of("first"),
  last: tally.of("last"),
  max: tally.of("max"),
  mean: tally.of("mean"),
  median: tally.of("median"),
  min: tally.of("min"),
  stdev: tally.of("deviation"),
  sum: tally.of("sum"),
});
