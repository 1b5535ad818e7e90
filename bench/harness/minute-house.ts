// Houses whose rooms have minutes of their own making, in a store on its threads: for benches of what minutes cost.

import { systemClock as clock } from "../../src/clock.ts";
import { minuteMs, type MinuteOf } from "../../src/model/minute.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";

export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const firstDay = Date.UTC(2025, 0, 1);
export const organization = "org_minutes";

/** A house whose rooms are all alike. */
export interface House {
  readonly rooms: number;
  readonly days: number;
  readonly minuteOf: (at: number, room: number) => Omit<MinuteOf, "organization" | "series" | "subject" | "at">;
}

const nobody = { value: 0, out: 0, min: 0, max: 0, mean: 0, observedS: 60, revision: 0 };
const isOpen = (at: number): boolean => at % dayMs >= 8 * hourMs && at % dayMs < 18 * hourMs;

/** From 8 to 18 o'clock no minute is like the one before it. */
export const changing: House["minuteOf"] = (at, room) => {
  if (!isOpen(at)) return nobody;
  const minute = at / minuteMs + room;
  const value = 3 + (minute % 7);
  return { ...nobody, value, min: value - (minute % 3), max: value + 1, mean: (value * 100 + (minute % 90)) / 100 };
};

export const empty: House["minuteOf"] = () => nobody;

export async function openIn(directory: string) {
  const store = await openSqlite({ directory, masterKey: new Uint8Array(32), clock });
  const audit = { at: firstDay, actor: "bench", action: "organization.create", object: organization, detail: null };
  await store.registry.ensureOrganization(organization, "Minutes", audit);
  const { epoch } = await store.ledger.acquire(firstDay, 0);
  const write = (minutes: readonly MinuteOf[]) =>
    store.ledger.accept([], { epoch, position: 0, rereadFrom: 0, subjects: [], entries: [], minutes });
  return { store, write };
}

/** A name as long as those that the vendor gives. */
export function roomId(room: number): string {
  return `room_${String(room).padStart(20, "0")}`;
}

export const subjectOf = (room: number): string => `room:${roomId(room)}`;

export function minutesAt({ rooms, minuteOf }: House, at: number): MinuteOf[] {
  return Array.from({ length: rooms }, (_, room) => ({
    organization,
    series: "presence",
    subject: subjectOf(room),
    at,
    ...minuteOf(at, room),
  }));
}

/** Hours as a whole: minute by minute the file would be the same. */
export async function fill(write: (minutes: readonly MinuteOf[]) => Promise<unknown>, house: House): Promise<void> {
  for (let hour = firstDay; hour < firstDay + house.days * dayMs; hour += hourMs) {
    await write(Array.from({ length: 60 }, (_, index) => minutesAt(house, hour + index * minuteMs)).flat());
  }
}
