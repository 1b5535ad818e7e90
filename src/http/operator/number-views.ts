// How counts look through the operator API.

import { z } from "zod";
import type { Minute } from "../../model/minute.ts";
import type { Space, SpaceNow } from "../../numbers/numbers-port.ts";
import { iso, time } from "./time.ts";

export const spaceFields = {
  organization: z.string(),
  space: z.string(),
  level: z.enum(["floor", "room", "zone"]),
  name: z.string(),
  floor: z.string(),
  building: z.string(),
};

export function showSpace({ organization, level, id, name, floor, building }: Space) {
  return { organization, space: id, level, name, floor, building };
}

const age = z.number().nullable().describe("How old it is, ms.");

export const spaceNowSchema = z.object({
  ...spaceFields,
  presence: z
    .object({
      value: z.number().nullable().describe("People whom presence sensors see. Null: unknown, and never 0 for that."),
      at: time.nullable().describe("The newest frame that counts."),
      age_ms: age,
      sensors: z.number().describe("Placed sensors that speak for the space."),
      heard: z.number().describe("Those of them that are heard."),
      unplaced: z.number().describe("Presence sensors without a place: nothing they see counts."),
    })
    .describe("One estimate: who is seen."),
  traffic: z
    .object({
      value: z.number(),
      at: time.describe("When a door was last passed, or the count last set."),
      age_ms: age,
      late: z.number().describe("Passages that came too late to correct their minute."),
    })
    .nullable()
    .describe("Another estimate, never mixed with the first: ins less outs of the doors. Null: no door was heard yet."),
});

export function showSpaceNow(space: SpaceNow, now: number): z.input<typeof spaceNowSchema> {
  const { presence, traffic } = space;
  return {
    ...showSpace(space),
    presence: {
      ...presence,
      at: isoOrNull(presence.at),
      age_ms: presence.at === null ? null : ageOf(presence.at, now),
    },
    traffic: traffic === null ? null : { ...traffic, at: iso(traffic.at), age_ms: ageOf(traffic.at, now) },
  };
}

/** Clocks of sensors run ahead of ours by seconds. */
const ageOf = (at: number, now: number): number => Math.max(0, now - at);

export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export const minuteSchema = z.object({
  at: time.describe("Its begin."),
  value: z.number(),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  observed_s: z.number().describe("Seconds observed."),
  revision: z.number().describe("0, or the number of the last correction."),
});

export function showMinute({ at, value, min, max, mean, observedS, revision }: Minute): z.input<typeof minuteSchema> {
  return { at: iso(at), value, min, max, mean, observed_s: observedS, revision };
}

export const minutesSchema = z.object({
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable().describe("Over the seconds observed."),
  not_observed: z.number().describe("Minutes of the range without an item."),
  data: z.array(minuteSchema),
});

/** `wanted`: how many minutes the range has. */
export function showMinutes(minutes: readonly Minute[], wanted: number): z.input<typeof minutesSchema> {
  const observed = minutes.reduce((sum, { observedS }) => sum + observedS, 0);
  const people = minutes.reduce((sum, { mean, observedS }) => sum + mean * observedS, 0);
  return {
    min: minutes.reduce<number | null>((least, { min }) => Math.min(least ?? min, min), null),
    max: minutes.reduce<number | null>((most, { max }) => Math.max(most ?? max, max), null),
    mean: observed === 0 ? null : Math.round((people / observed) * 100) / 100,
    not_observed: wanted - minutes.length,
    data: minutes.map(showMinute),
  };
}
