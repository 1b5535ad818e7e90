// A sample of an event type, for an owner who tests a receiver: about a place of the model that the subscription takes, or
// else as the documentation shows the type. Numbers of people are made up. Pure.

import type { BuildingModel } from "../../building/building.ts";
import type { Event } from "../../model/event.ts";
import type { Fact, SpaceLevel } from "../../model/fact.ts";
import { unheardHive, unheardSensor } from "../../model/sensor-health.ts";
import { bindingFor, comparisons, type Subscription } from "../../model/subscription.ts";
import type { Sample, SampleContext } from "../dialect.ts";
import { express } from "./payload.ts";
import { payloadExample } from "./payload-schema.ts";
import { type EventType, eventTypes, firstName, isEventType } from "./types.ts";

/** Places that are tried for one that the filters of the subscription let pass. */
const mostPlaces = 1_000;
const minute = 60_000;

/** null: no such type. */
export function sample(name: string, subscription: Subscription, context: SampleContext): Sample | null {
  const type = firstName(name);
  if (!isEventType(type)) return null;
  const asBound = { ...subscription, bindings: [{ type, variant: 0, resource: null }] };
  let event: Event | null = null;
  for (const each of expressed(type, subscription, context)) {
    event ??= each;
    if (bindingFor(asBound, each) === null) continue;
    event = each;
    break;
  }
  return { event: event ?? documented(type, context), variant: 0 };
}

function* expressed(type: EventType, subscription: Subscription, { model, at, newId }: SampleContext): Iterable<Event> {
  if (model === null) return;
  let left = mostPlaces;
  for (const fact of facts(type, subscription, model, at)) {
    const event = express(fact, model, newId);
    if (event !== null) yield event;
    if (--left === 0) return;
  }
}

function* facts(type: EventType, subscription: Subscription, model: BuildingModel, at: number): Iterable<Fact> {
  const base = { at, revision: 0 };
  const heard = { online: true, lastHeartbeat: at, usualGapMs: 1_000 };
  const { level, data } = eventTypes[type];
  if (level === "hive") {
    const health = { ...unheardHive, ...heard };
    for (const { id } of model.hives) yield { ...base, kind: "health", type: "HIVE_HEALTH", hive: id, health };
    return;
  }
  if (level === "sensor") {
    const health = { ...unheardSensor, ...heard };
    for (const { id, mode, footprint } of model.sensors) {
      if (data === "sensor_health") yield { ...base, kind: "health", type: "SENSOR_HEALTH", sensor: id, health };
      else if (data === "traffic" && mode === "traffic") yield { ...base, kind: "traffic", sensor: id, in: 1, out: 0 };
      else if (data === "detections" && mode === "presence") {
        // In the middle of what it sees.
        const world = footprint === null ? ([0, 0] as const) : footprint.centre;
        yield { ...base, kind: "detections", sensor: id, local: [[0.5, 0.5]], world: [world] };
      }
    }
    return;
  }
  const spaces = { floor: model.floors, room: model.rooms, zone: model.zones } satisfies Record<SpaceLevel, unknown>;
  const count = countFor(subscription);
  const isMinute = type.endsWith("_1MIN");
  const window = isMinute ? "minute" : "instant";
  const when = isMinute ? Math.floor(at / minute) * minute - minute : at;
  for (const { id } of spaces[level]) {
    if (data === "none") yield { ...base, kind: "motion", room: id, motion: type === "PIR_MOTION" };
    else yield { ...base, at: when, kind: "occupancy", level, space: id, window, count };
  }
}

/** So many people as the filter on occupancy lets pass. */
function countFor({ filters }: Subscription): number {
  const wanted = filters?.occupancy;
  if (wanted === undefined) return 2;
  const { comparison, value } = wanted;
  const tried = [2, Math.ceil(value), Math.floor(value) + 1, Math.max(0, Math.ceil(value) - 1)];
  return tried.find((count) => comparisons[comparison](count, value)) ?? 2;
}

function documented(type: EventType, { at, newId }: SampleContext): Event {
  const id = newId();
  const body = JSON.stringify({ ...payloadExample(type), id, timestamp: at });
  return {
    id,
    dialect: "butlr",
    type,
    subject: "sample",
    scopes: {},
    at,
    body,
    revision: 0,
    previous: null,
    value: null,
  };
}
