// The people of the simulated building: they arrive, sit, meet, eat, receive visitors and go home, day after day, and this
// tells what sensors, doors and panels observe of it, in order of time. Pure: no clock, no chance but the seed's.

import type { ModelDocument } from "../building/document.ts";
import type { EntryMethod, Point } from "../model/fact.ts";
import type { AccessReading, CallReading, SimulatedObservation, TrafficReading } from "./observation.ts";
import { type Member, type SimulatedPlace, readPlace, seeing } from "./place.ts";
import { createSeededRandom, type SeededRandom } from "./random.ts";
import { createSchedule, type StaffDay, type Visit } from "./schedule.ts";
import { createFollower, createTracker, type Track, type Tracker } from "./track.ts";

const day = 86_400_000;
const hour = 3_600_000;
/** Sensors that see somebody report this often; the hold time of a frame is 3 s. */
const frameMs = 2000;
/** Sensors that see nobody say so this often, and motion sensors report. */
const heartbeatMs = 30_000;

/** Observations from the morning at `startAt` (epoch ms) on, without end; the nights are skipped. */
export function* people(seed: number, building: ModelDocument, startAt: number): Generator<SimulatedObservation> {
  for (let morning = startAt; ; morning += day) yield* oneDay(seed, building, morning);
}

/** One day from its morning until everybody has left. */
export function* oneDay(seed: number, building: ModelDocument, morning: number): Generator<SimulatedObservation> {
  const place = readPlace(building);
  const random = createSeededRandom(`people ${seed} ${morning}`);
  const { happenings, tracks } = live(place, morning, random);
  const followers = tracks.map(createFollower);
  const over = Math.max(...tracks.map((track) => track.legs.at(-1)!.to)) + 2 * heartbeatMs;

  let next = 0;
  const seen = place.presence.map(() => false);
  for (let tick = morning; tick <= over || next < happenings.length; tick += frameMs) {
    while (next < happenings.length && happenings[next]!.at <= tick) yield happenings[next++]!;
    const beat = (tick - morning) % heartbeatMs === 0;
    const frames: Point[][] = place.presence.map(() => []);
    const moving = place.motion.map(() => false);
    for (const follow of followers) {
      const at = follow(tick);
      if (at === null) continue;
      frames[seeing(place.presence, at.level, at.point)]!.push(at.point);
      const motion = beat ? seeing(place.motion, at.level, at.point) : -1;
      if (motion >= 0) moving[motion] = true;
    }
    for (const [index, world] of frames.entries()) {
      if (world.length === 0 && !seen[index] && !beat) continue;
      seen[index] = world.length > 0;
      yield { id: `sim-${tick}-${index}`, kind: "detections", sensor: place.presence[index]!.sensor, at: tick, world };
    }
    if (!beat) continue;
    for (const [index, { sensor }] of place.motion.entries())
      yield { id: `sim-${tick}-m${index}`, kind: "motion", sensor, at: tick, motion: moving[index]! };
  }
}

type Happening = TrafficReading | AccessReading | CallReading;

/** Lives through the schedule: everybody's track, and what happens at doors and panels in order of time. */
function live(
  place: SimulatedPlace,
  morning: number,
  random: SeededRandom,
): { tracks: Track[]; happenings: Happening[] } {
  const tracks: Track[] = [];
  const logs: (AccessReading | CallReading)[] = [];
  const log = createLog(place, random, logs);
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
  log.schedule(morning + 10.5 * hour, "Locked");
  // Entries were written person by person; their numbers go up with time.
  const first = Math.floor(morning / day) * 1000;
  const numbered = logs.toSorted((a, b) => a.at - b.at).map((entry, index) => ({ ...entry, id: first + index + 1 }));
  return { tracks, happenings: [...numbered, ...traffic(place, tracks)].toSorted((a, b) => a.at - b.at) };
}

function liveStaffDay(person: StaffDay, tracker: Tracker, log: VisitLog): void {
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

function traffic(place: SimulatedPlace, tracks: readonly Track[]): TrafficReading[] {
  const passings = tracks.flatMap((track) => track.passings).toSorted((a, b) => a.at - b.at);
  const readings: TrafficReading[] = [];
  for (const { at, room, inward } of passings) {
    const sensor = room === null ? place.streetSensor : place.roomSensors.get(room);
    if (sensor === undefined) continue;
    const id = `sim-${at}-t${readings.length}`;
    readings.push({ id, kind: "traffic", sensor, at, in: inward ? 1 : 0, out: inward ? 0 : 1 });
  }
  return readings;
}

interface VisitLog {
  /** A member comes in from the street. */
  entry(member: Member, enters: number): void;
  upstairs(member: Member, at: number): void;
  /** A visitor calls or shows a pass; a carrier calls the front desk. Then the door opens. */
  visit(visit: Visit): void;
  /** The door goes to open hours or back by itself. */
  schedule(at: number, status: "Unlocked" | "Locked"): void;
}

function createLog(place: SimulatedPlace, random: SeededRandom, logs: (AccessReading | CallReading)[]): VisitLog {
  const image = (): string =>
    `https://images.example.com/snapshots/${Buffer.from(random.bytes(8)).toString("hex")}.png`;
  const access = (
    at: number,
    door: number,
    who: { name: string | null; release_type: string | null; unit: number | null; tenant_id: number | null },
    method: EntryMethod,
    status = "Unlocked",
  ): void => {
    logs.push({
      kind: "access",
      at,
      id: 0,
      logged_at: new Date(at).toISOString(),
      access_point: door,
      release_status: status,
      ...who,
      entry_method: method,
      image_url: who.name === null ? null : image(),
    });
  };
  const call = (at: number, host: Member | null): void => {
    logs.push({
      kind: "call",
      at,
      id: 0,
      guid: guid(random),
      building_id: place.number,
      logged_at: new Date(at).toISOString(),
      notification_type: host === null ? "delivery" : "visitor",
      recipient: host === null ? { id: null, type: "Attendant" } : { id: host.tenant, type: "Tenant" },
      unit: host === null ? null : { id: host.unit },
      device: place.panel,
      status: "initializing",
      image_url: image(),
    });
  };
  const tenant = ({ name, unit, tenant }: Member) => ({ name, release_type: "Tenant", unit, tenant_id: tenant });

  return {
    entry(member, enters) {
      const method = random.chance(0.5) ? "Swipe to open" : { access_tool: member.accessTool };
      access(enters - random.whole(3000, 6000), place.mainDoor, tenant(member), method);
    },
    upstairs: (member, at) => access(at, place.upperDoor, tenant(member), { access_tool: member.accessTool }),
    visit({ kind, host, name, arrives }) {
      const opened = arrives - random.whole(3000, 6000);
      if (host === null || kind === "delivery") {
        call(opened - random.whole(10_000, 25_000), null);
        access(
          opened,
          place.mainDoor,
          { name, release_type: "Delivery", unit: null, tenant_id: null },
          "Remote Doorman",
        );
        return;
      }
      const visitor = { name, release_type: "Visitor", unit: host.unit, tenant_id: host.tenant };
      if (host.keychain !== null) return access(opened, place.mainDoor, visitor, { keychain: host.keychain });
      call(opened - random.whole(10_000, 30_000), host);
      access(opened, place.mainDoor, visitor, "App call");
    },
    schedule: (at, status) =>
      access(at, place.mainDoor, { name: null, release_type: null, unit: null, tenant_id: null }, null, status),
  };
}

function guid(random: SeededRandom): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
