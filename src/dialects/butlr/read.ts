// Ready-made payloads: events that somebody else worked out already, in Butlr's own form. The text goes through
// untouched; everything read here is for matching only. Knows nothing of building models.

import { normalMac } from "../../building/mac.ts";
import type { Reading, ReadyMade } from "../dialect.ts";
import type { Scopes } from "../../model/event.ts";
import { readMoment } from "../../model/moment.ts";
import { isOrganizationId } from "../../model/organization.ts";
import {
  type DataForm,
  type EventType,
  eventTypeNames,
  eventTypes,
  firstName,
  isEventType,
  type Level,
} from "./types.ts";

type RejectedEvent = Extract<ReadyMade, { status: "rejected" }>;
type Fields = Readonly<Record<string, unknown>>;

/** `text` becomes the body as it is; `value` is the same after JSON.parse. */
export function read(text: string, value: unknown, { now }: Pick<Reading, "now">): ReadyMade {
  if (!isObject(value)) return fault("NOT_AN_OBJECT", "An event is one JSON object.");
  const { type, timestamp, metadata, data } = value;
  const id = Number.isSafeInteger(value["id"]) ? String(value["id"]) : value["id"];
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,128}$/.test(id)) {
    return fault("INVALID_ID", "`id` must be a string of 1 to 128 letters, digits, hyphens and underscores.");
  }
  const known = typeof type === "string" ? knownTypes.get(type) : undefined;
  if (known === undefined) return unknownType(type);
  if (typeof timestamp !== "number") {
    return fault("INVALID_TIMESTAMP", "`timestamp` must be a whole number of milliseconds since 1970.");
  }
  const at = readMoment(timestamp, now);
  if (typeof at !== "number") {
    return fault(at.code === "BAD_TIME" ? "INVALID_TIMESTAMP" : at.code, `\`timestamp\` ${at.says}`);
  }
  if (!isObject(metadata)) return fault("INVALID_METADATA", "`metadata` must be an object.");
  const organization = organizationIn(metadata);
  if (typeof organization !== "string") return organization;
  const { name, level, data: form } = known;
  if (!fits(form, data)) return fault("INVALID_DATA", `\`data\` of a ${name} event must be ${forms[form]}.`);
  return {
    status: "read",
    organization,
    inputId: id,
    event: {
      id,
      dialect: "butlr",
      type: name,
      subject: subject(metadata, level) ?? organization,
      scopes: scopes(metadata),
      at,
      body: text,
      revision: 0,
      previous: null,
      value: form === "count" || form === "detections" ? JSON.stringify(data) : null,
    },
  };
}

/** Whose event it is. All ids of the metadata must be such. */
function organizationIn(metadata: Fields): string | RejectedEvent {
  for (const key of ids) {
    const given = metadata[key];
    if (given !== undefined && given !== null && !isId(given)) {
      return fault("INVALID_METADATA", `\`metadata.${key}\` must be a string of 1 to 200 characters.`);
    }
  }
  const organization = metadata["org_id"];
  if (!isId(organization)) return fault("INVALID_METADATA", "`metadata.org_id` is missing: whose event is it?");
  if (isOrganizationId(organization)) return organization;
  const form = "must have 1 to 128 printable ASCII characters, no space and no slash";
  return fault("INVALID_METADATA", `\`metadata.org_id\` ${form}.`);
}

/** Of a count or of detections its `data`, as an event has it when it is accepted. */
export function valueOf(type: string, body: string): string | null {
  const form = knownTypes.get(type)?.data;
  if (form !== "count" && form !== "detections") return null;
  return JSON.stringify((JSON.parse(body) as Fields)["data"]);
}

/** What the event is about; where that is not said, the smallest place around it that is. Nothing else is asked of the
 * metadata than whose it is: an event that its maker saw fit to send is not lost for want of a key. */
function subject(metadata: Fields, level: Level): string | undefined {
  const hive = metadata["hive_id"];
  if (level === "hive" && isId(hive)) return hive;
  for (let place = nesting.indexOf(level === "hive" ? "floor" : level); place < nesting.length; place++) {
    const id = metadata[nestingKeys[place]!];
    if (isId(id)) return id;
  }
  return undefined;
}

/** A name made anew for every look would be hashed anew. */
const keyOf = (place: string): string => `${place}_id`;
const nesting = ["sensor", "zone", "room", "floor", "building", "site"];
const nestingKeys = nesting.map(keyOf);
const scopeKeys = ["site", "building", "floor", "room", "zone"].map((place) => [place, keyOf(place)] as const);

/** By the one text of each name that all events of a type share. */
const knownTypes: ReadonlyMap<string, { readonly name: EventType; readonly level: Level; readonly data: DataForm }> =
  new Map(eventTypeNames.map((name) => [name, { name, ...eventTypes[name] }]));

const ids = ["org_id", "site_id", "building_id", "floor_id", "room_id", "zone_id", "sensor_id", "mac_address"];

const forms: Record<DataForm, string> = {
  count: "a number",
  traffic: 'an object with the numbers "in" and "out"',
  detections: 'an object with the arrays "local" and "world"',
  sensor_health: 'an object with the boolean "online"',
  hive_health: 'an object with the boolean "online"',
  none: "absent",
};

/** Only as deep as consumers must rely on it; the rest is the sender's affair. */
function fits(form: DataForm, data: unknown): boolean {
  if (form === "none") return true;
  if (form === "count") return typeof data === "number";
  if (!isObject(data)) return false;
  if (form === "sensor_health" || form === "hive_health") return typeof data["online"] === "boolean";
  if (form === "traffic") return typeof data["in"] === "number" && typeof data["out"] === "number";
  return Array.isArray(data["local"]) && Array.isArray(data["world"]);
}

function scopes(metadata: Fields): Scopes {
  const found: Record<string, string> = {};
  for (const [place, key] of scopeKeys) {
    const id = metadata[key];
    if (isId(id)) found[place] = id;
  }
  const mac = metadata["mac_address"];
  if (isId(mac)) found["mac"] = normalMac(mac) ?? mac;
  return found;
}

function unknownType(type: unknown): RejectedEvent {
  if (typeof type !== "string") return fault("UNKNOWN_EVENT_TYPE", "`type` must be the name of an event type.");
  const meant = firstName(type.toUpperCase());
  const hint = isEventType(meant) ? `write ${meant}` : `the types are ${eventTypeNames.join(", ")}`;
  return fault("UNKNOWN_EVENT_TYPE", `\`type\` ${JSON.stringify(type.slice(0, 64))} is not an event type: ${hint}.`);
}

const fault = (code: string, message: string): RejectedEvent => ({ status: "rejected", code, message });

const isId = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 200;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
