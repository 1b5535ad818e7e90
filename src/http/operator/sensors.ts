// GET /v1/sensors: sensors and hives, and how they are.

import { z } from "zod";
import { buildingsOf, countReaders, listedOrganization, notFound } from "../../auth/authorize.ts";
import type { Watched } from "../../numbers/numbers-port.ts";
import { listOf, pageQuery, placeAnswer, placeRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { onlyOrganization } from "./building-model.ts";
import type { OperatorDeps } from "./deps.ts";
import { isoOrNull } from "./number-views.ts";
import { time } from "./time.ts";

const common = {
  organization: z.string(),
  id: z.string(),
  building: z.string(),
  floor: z.string(),
  model: z.string().nullable(),
  online: z.boolean().describe("Heard of lately, by its own rhythm."),
  last_heard: time.nullable().describe("Its last message of any kind; null: none yet."),
  silent_since: time.nullable().describe("Since when it is silent for longer than usual."),
  usual_gap_ms: z.number().nullable().describe("How long it is usually silent; null: not known yet."),
};

const sensorSchema = z.object({
  kind: z.literal("sensor"),
  ...common,
  mac_address: z.string(),
  mode: z.enum(["presence", "traffic"]),
  room: z.string().nullable(),
  hive: z.string().nullable(),
  last_message: z.object({
    detections: time.nullable(),
    traffic: time.nullable(),
    motion: time.nullable(),
    heartbeat: time.nullable(),
  }),
  stuck_since: time.nullable().describe("Since when it sends one and the same frame with somebody in it."),
  clock: z.enum(["ok", "ahead", "behind", "wrong"]),
});

const hiveSchema = z.object({ kind: z.literal("hive"), ...common, serial_number: z.string() });

const answer = listOf(z.union([sensorSchema, hiveSchema]));

export function sensorRoutes(deps: OperatorDeps): readonly Route[] {
  const { numbers, registry } = deps;
  return [
    route({
      method: "GET",
      path: "/v1/sensors",
      summary:
        "Sensors and hives, floor by floor, and how they are: online, silent, stuck, and whether the clock is right.",
      roles: countReaders,
      query: z.strictObject({
        organization: z.string().optional(),
        floor: z.string().optional(),
        room: z.string().optional(),
        ...pageQuery,
      }),
      answer,
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization) ?? (await onlyOrganization(deps));
        const where = { buildings: buildingsOf(who), floor: query.floor ?? null, room: query.room ?? null };
        const filter = ["sensors", organization, ...Object.values(where)];
        const page = await numbers.watched(organization, where, placeRequest(query, filter));
        if (page === null && (await registry.snapshot(organization)) === null) throw notFound("organization");
        return placeAnswer(page ?? { items: [], after: null }, filter, show);
      },
    }),
  ];
}

function show(each: Watched): z.input<typeof sensorSchema> | z.input<typeof hiveSchema> {
  const { organization, id, building, floor, model, health } = each;
  const shared = {
    organization,
    id,
    building,
    floor,
    model,
    online: health.online,
    last_heard: isoOrNull(health.lastHeartbeat),
    silent_since: isoOrNull(health.silentSince),
    usual_gap_ms: health.usualGapMs,
  };
  if (each.kind === "hive") return { kind: each.kind, ...shared, serial_number: each.serial };
  const { kind, mac, mode, room, hive } = each;
  const { detections, traffic, motion, heartbeat } = each.health.lastMessage;
  return {
    kind,
    ...shared,
    mac_address: mac,
    mode,
    room,
    hive,
    last_message: {
      detections: isoOrNull(detections),
      traffic: isoOrNull(traffic),
      motion: isoOrNull(motion),
      heartbeat: isoOrNull(heartbeat),
    },
    stuck_since: isoOrNull(each.health.stuckSince),
    clock: each.health.clock,
  };
}
