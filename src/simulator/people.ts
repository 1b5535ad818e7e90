// The people of the simulated building: they arrive, sit, meet, eat, receive visitors and go home. One day of them, as tracks
// and as what panels write. Pure: no clock, no chance but the seed's. What sensors see of it is sensors.ts.

import { createPanelLog, type PanelLog, type PanelReading } from "./panels.ts";
import type { SimulatedPlace } from "./place.ts";
import { createSeededRandom } from "./random.ts";
import { createSchedule, type StaffDay } from "./schedule.ts";
import { createTracker, type Track, type Tracker } from "./track.ts";

const day = 86_400_000;
const hour = 3_600_000;
/** Sensors look on for a while after the last one has left. */
const lookOnMs = 60_000;

/** The building is empty at `from` and at `to`, epoch ms. */
export interface SimulatedDay {
  readonly from: number;
  readonly to: number;
  /** One for each person who comes. */
  readonly tracks: readonly Track[];
  /** In order of time. */
  readonly panels: readonly PanelReading[];
}

/** `morning`: epoch ms, a whole number of seconds. */
export function liveDay(seed: number, place: SimulatedPlace, morning: number): SimulatedDay {
  const random = createSeededRandom(`people ${seed} ${morning}`);
  const tracks: Track[] = [];
  const log = createPanelLog(place, random);
  const { staff, visits } = createSchedule(place, morning, random);
  for (const person of staff) {
    const tracker = createTracker(random.fraction());
    liveStaffDay(person, tracker, log);
    tracks.push(tracker);
  }
  for (const visit of visits) {
    const tracker = createTracker(random.fraction());
    log.visit(visit);
    tracker.enter(visit.arrives, visit.spot);
    tracker.stay(visit.until);
    tracker.leave();
    tracks.push(tracker);
  }
  log.schedule(morning + 0.5 * hour, "Unlocked");
  const locks = morning + 10.5 * hour;
  log.schedule(locks, "Locked");
  const over = Math.max(locks, ...tracks.map((track) => track.legs.at(-1)!.to)) + lookOnMs;
  return { from: morning, to: over, tracks, panels: log.written(Math.floor(morning / day) * 10_000) };
}

function liveStaffDay(person: StaffDay, tracker: Tracker, log: PanelLog): void {
  const { member, appointments } = person;
  log.entry(member, person.arrives);
  tracker.enter(person.arrives, member.desk);
  if (member.desk.level > 0) log.upstairs(member, tracker.legs.find((leg) => leg.level === null)!.to);
  for (const { from, to, spot } of appointments) {
    tracker.stay(from);
    if (spot === null) {
      tracker.leave();
      const back = Math.max(to, tracker.now() + 60_000);
      log.entry(member, back);
      tracker.enter(back, member.desk);
    } else {
      tracker.walk(spot);
      tracker.stay(to);
      tracker.walk(member.desk);
    }
  }
  tracker.stay(person.leaves);
  tracker.leave();
}
