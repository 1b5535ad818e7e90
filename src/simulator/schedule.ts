// What the people of one day mean to do: who arrives when, meets whom, eats where, whom visitors come to see. Pure chance
// from a seed; where they then walk is track's matter.

import type { Member, SimulatedPlace } from "./place.ts";
import type { SeededRandom } from "./random.ts";
import { seat, type Spot } from "./way.ts";

/** All times are epoch ms. `spot` null: out of the building. */
interface Appointment {
  readonly from: number;
  readonly to: number;
  readonly spot: Spot | null;
}

export interface StaffDay {
  readonly member: Member;
  readonly arrives: number;
  readonly leaves: number;
  /** In order of time, with room to walk between. */
  readonly appointments: readonly Appointment[];
}

export interface Visit {
  readonly kind: "visitor" | "delivery";
  readonly arrives: number;
  readonly until: number;
  readonly spot: Spot;
  /** null for a delivery, which is for the house. */
  readonly host: Member | null;
  readonly name: string;
}

export interface Schedule {
  readonly staff: readonly StaffDay[];
  readonly visits: readonly Visit[];
}

const minute = 60_000;
const hour = 60 * minute;
/** Kept free between two appointments of one person. */
const margin = 3 * minute;
const guests = [
  "Duncan Idle",
  "Sana Rahim",
  "Theo Brandt",
  "Yuki Mori",
  "Olga Petit",
  "Sam Weller",
  "Ruth Amos",
  "Ivo Lang",
];
const carriers = ["USPS", "UPS", "FedEx"];

export function createSchedule(place: SimulatedPlace, start: number, random: SeededRandom): Schedule {
  const days: readonly Day[] = place.members.map((member, index) => ({
    member,
    // A few are always early, so that there is something to see at once.
    arrives: start + (index < 4 ? 12_000 + index * 45_000 : Math.round(random.between(3 * minute, 95 * minute))),
    leaves: start + Math.round(random.between(9 * hour, 10.6 * hour)),
    appointments: [],
  }));
  const upper = Array.from({ length: place.floors - 1 }, (_, index) => index + 2);
  holdMeetings(days, upper, start, random);
  const visits = [...receiveGuests(days, upper, start, random), ...bringParcels(start, random)];
  for (const [index, day] of days.entries()) takeBreaks(day, index, upper, start, random);
  return { staff: days, visits: visits.toSorted((a, b) => a.arrives - b.arrives) };
}

type Day = Omit<StaffDay, "appointments"> & { readonly appointments: Appointment[] };

const isFree = (day: Day, from: number, to: number): boolean =>
  from > day.arrives + 5 * minute &&
  to < day.leaves - margin &&
  day.appointments.every((other) => to + margin < other.from || from > other.to + margin);

function holdMeetings(days: readonly Day[], upper: readonly number[], start: number, random: SeededRandom): void {
  for (const room of upper.flatMap((storey) => [`${storey}-MEETING-A`, `${storey}-MEETING-B`])) {
    for (let at = start + hour; at < start + 8.5 * hour; at += Math.round(random.between(20, 80)) * minute) {
      const to = at + random.pick([30, 45, 60]) * minute;
      const people = random.shuffled(days.filter((day) => isFree(day, at, to))).slice(0, random.whole(2, 5));
      if (people.length > 1)
        for (const [index, day] of people.entries())
          day.appointments.push({ from: at, to, spot: seat(room, index * 2) });
      at = to;
    }
  }
}

function receiveGuests(
  days: readonly Day[],
  upper: readonly number[],
  start: number,
  random: SeededRandom,
): readonly Visit[] {
  const visits: Visit[] = [];
  for (let guest = random.whole(6, 8) * upper.length; guest > 0; guest--) {
    const arrives = start + Math.round(random.between(1.5 * hour, 8 * hour));
    const until = arrives + random.whole(15, 40) * minute;
    const host = random.shuffled(days).find((day) => isFree(day, arrives, until));
    if (host === undefined) continue;
    const lounge = `${random.pick(upper)}-LOUNGE`;
    const name = guests[guest % guests.length]!;
    visits.push({ kind: "visitor", arrives, until, spot: seat(lounge, guest), host: host.member, name });
    host.appointments.push({ from: arrives, to: until, spot: seat(lounge, guest + 6) });
  }
  return visits;
}

const bringParcels = (start: number, random: SeededRandom): readonly Visit[] =>
  Array.from({ length: 3 }, (_, parcel) => {
    const arrives = start + Math.round(random.between((0.4 + 3 * parcel) * hour, (3 + 3 * parcel) * hour));
    const until = arrives + random.whole(2, 5) * minute;
    const spot = seat("1-MAIL", parcel);
    return { kind: "delivery", arrives, until, spot, host: null, name: random.pick(carriers) };
  });

/** Lunch, coffee and time alone, each only where it fits. */
function takeBreaks(day: Day, index: number, upper: readonly number[], start: number, random: SeededRandom): void {
  const lunch = start + Math.round(random.between(4 * hour, 5 * hour));
  const outside = random.chance(0.3);
  addWhereFree(day, lunch, random.whole(25, 50), outside ? null : seat("1-CAFE", index));
  for (const at of [2, 6.5]) {
    const coffee = start + Math.round(random.between(at * hour, (at + 1.5) * hour));
    addWhereFree(day, coffee, random.whole(4, 9), seat("1-CAFE", index + 5));
  }
  if (random.chance(0.4)) {
    const quiet = start + Math.round(random.between(2 * hour, 8 * hour));
    addWhereFree(day, quiet, random.whole(10, 30), seat(`${random.pick(upper)}-FOCUS`, index));
  }
  day.appointments.sort((a, b) => a.from - b.from);
}

function addWhereFree(day: Day, from: number, minutes: number, spot: Spot | null): void {
  const to = from + minutes * minute;
  if (isFree(day, from, to)) day.appointments.push({ from, to, spot });
}
