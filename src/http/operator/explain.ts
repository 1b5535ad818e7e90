// GET /v1/explain: why a space counts as it does at a moment, and what was sent of its minute.

import { z } from "zod";
import { countReaders } from "../../auth/authorize.ts";
import { deliveryStates } from "../../model/delivery.ts";
import type { Point } from "../../model/fact.ts";
import type {
  Explained,
  ExplainedFrame,
  ExplainedMinute,
  ExplainedSensor,
  FromLog,
  MinuteCount,
  Space,
} from "../../numbers/numbers-port.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { isoOrNull, minuteSchema, showMinute, showSpace, spaceFields } from "./number-views.ts";
import { spaceAsked } from "./space-asked.ts";
import { iso, moment, time } from "./time.ts";

const point = z.array(z.number()).describe("x and y on the floor, metres.");

const frameSchema = z.object({
  at: time.describe("Moment of sensing as it counts."),
  accepted_at: time,
  lag_ms: z.number(),
  people: z.number(),
  masked: z.array(point).describe("Points left out: in a mask, or beyond the floor."),
});

const sensorSchema = z.object({
  id: z.string(),
  state: z.enum(["counted", "silent"]),
  speaks: z.boolean().describe("Whether the space is known while it is heard; others see people who stand in it."),
  frame: frameSchema.nullable().describe("The frame that counts; null: it is silent."),
  last_frame: frameSchema.nullable().describe("Its last frame up to the moment, in its minute or just before."),
  online: z.boolean(),
  silent_since: time.nullable(),
  clock: z.enum(["ok", "ahead", "behind", "wrong"]),
});

const countSchema = minuteSchema.omit({ at: true, revision: true });

const logSchema = z.object({
  value: z.number().nullable().describe("Null: unknown."),
  heard: z.number().describe("Sensors that speak for the space and are heard."),
  sensors: z.array(sensorSchema),
  people: z.array(
    z.object({
      at: point,
      sensors: z.array(z.string()).describe("Those that see this person; several: merged."),
      counts: z.number().describe("How much it adds to the space: more than 1 where sensors are summed."),
    }),
  ),
  elsewhere: z.number().describe("People on the floor who do not count in the space."),
  minute: z.object({
    at: time,
    closed: z.boolean(),
    computed: countSchema
      .nullable()
      .describe("By the frames that count, before zeroing by motion sensors; null: not observed for 15 seconds."),
    with_too_late: countSchema.nullable().describe("The same with what came too late; null where nothing did."),
    late: z.object({
      count: z.number(),
      frames: z.array(
        z.object({
          sensor: z.string(),
          at: time,
          accepted_at: time,
          lag_ms: z.number(),
          effect: z.enum(["corrected", "too_late"]).describe("too_late: it counts once somebody asks to recompute."),
        }),
      ),
    }),
  }),
});

const answer = z.object({
  ...spaceFields,
  at: time,
  log: z.enum(["read", "not_kept", "too_much"]).describe("Whether the observation log could tell, or why not."),
  kept_from: time.nullable().describe("Of not_kept: since when the log is kept; null: it is empty."),
  explained: logSchema.nullable(),
  stored: minuteSchema.nullable().describe("The minute as it is kept."),
  revisions: z
    .array(
      z.object({
        revision: z.number(),
        value: z.number().nullable(),
        event: z.string(),
        type: z.string(),
        accepted_at: time,
        subscriptions: z.number().describe("To how many subscriptions it went."),
        deliveries: z.partialRecord(z.enum(deliveryStates), z.number()),
      }),
    )
    .describe("Events of the minute, the newest revision first."),
  zeroing: z
    .object({
      enabled: z.boolean(),
      absent_since: time.nullable().describe("Now: since when the room's motion sensors agree that nobody is there."),
    })
    .nullable()
    .describe("By motion sensors: it sets minutes of the room, and its traffic occupancy, to 0; null: not a room."),
});

export function explainRoutes(deps: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/explain",
      summary: "Why a space counts as it does: sensors, frames, people as merged, what came late, and what was sent.",
      roles: countReaders,
      query: z.strictObject({
        space: z.string().min(1).max(128),
        organization: z.string().optional(),
        at: moment.optional().describe("Moment of sensing; else now."),
      }),
      answer,
      handle: async ({ who, query }) => {
        const space = await spaceAsked(deps, who, query.space, query.organization);
        return show(space, await deps.numbers.explain(space, query.at ?? null));
      },
    }),
  ];
}

function show(space: Space, { at, log, stored, revisions, zeroing }: Explained): z.input<typeof answer> {
  const missing = "reason" in log ? log : null;
  return {
    ...showSpace(space),
    at: iso(at),
    log: missing?.reason ?? "read",
    kept_from: missing?.reason === "not_kept" ? isoOrNull(missing.keptFrom) : null,
    explained: "reason" in log ? null : showLog(log),
    stored: stored === null ? null : showMinute(stored),
    revisions: revisions.map(({ acceptedAt, deliveries, ...revision }) => ({
      ...revision,
      accepted_at: iso(acceptedAt),
      subscriptions: Object.values(deliveries).reduce((sum, count) => sum + count, 0),
      deliveries,
    })),
    zeroing: zeroing === null ? null : { enabled: zeroing.enabled, absent_since: isoOrNull(zeroing.absentSince) },
  };
}

function showLog({ value, heard, sensors, people, elsewhere, minute }: FromLog): z.input<typeof logSchema> {
  return {
    value,
    heard,
    sensors: sensors.map(showSensor),
    people: people.map(({ at, sensors: seenBy, counts }) => ({ at: showPoint(at), sensors: [...seenBy], counts })),
    elsewhere,
    minute: showMinuteLog(minute),
  };
}

function showSensor({ id, speaks, frame, last, health }: ExplainedSensor): z.input<typeof sensorSchema> {
  return {
    id,
    state: frame === null ? "silent" : "counted",
    speaks,
    frame: showFrame(frame),
    last_frame: showFrame(last),
    online: health.online,
    silent_since: isoOrNull(health.silentSince),
    clock: health.clock,
  };
}

function showFrame(frame: ExplainedFrame | null): z.input<typeof frameSchema> | null {
  if (frame === null) return null;
  const { at, acceptedAt, people, masked } = frame;
  return { ...momentsOf(at, acceptedAt), people, masked: masked.map(showPoint) };
}

function showMinuteLog({ at, isClosed, computed, withTooLate, late, lateCount }: ExplainedMinute) {
  return {
    at: iso(at),
    closed: isClosed,
    computed: showCount(computed),
    with_too_late: showCount(withTooLate?.computed ?? null),
    late: {
      count: lateCount,
      frames: late.map(({ sensor, at: sensed, acceptedAt, isTooLate }) => ({
        sensor,
        ...momentsOf(sensed, acceptedAt),
        effect: isTooLate ? ("too_late" as const) : ("corrected" as const),
      })),
    },
  };
}

const momentsOf = (at: number, acceptedAt: number) => ({
  at: iso(at),
  accepted_at: iso(acceptedAt),
  lag_ms: acceptedAt - at,
});

function showCount(count: MinuteCount | null): z.input<typeof countSchema> | null {
  if (count === null) return null;
  const { observedS, ...counts } = count;
  return { ...counts, observed_s: observedS };
}

/** To the millimetre. */
const showPoint = ([x, y]: Point): number[] => [Math.round(x * 1_000) / 1_000, Math.round(y * 1_000) / 1_000];
