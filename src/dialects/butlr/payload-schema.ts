// The payloads as data: every key, when it is there, what it means and what the documents show in it [butlr.md §2–4]. JSON
// Schemas and examples are made of this one table, and nothing else tells of payloads to programs.

import { type DataForm, type EventType, eventTypes, type Level } from "./types.ts";

interface MetadataKey {
  /** Levels whose payloads always have it, and those that have it only where the model has a value. */
  readonly always: readonly Level[];
  readonly sometimes: readonly Level[];
  readonly tells: string;
  readonly example: string;
}

export const everywhere: readonly Level[] = ["sensor", "hive", "floor", "room", "zone"];
const ofHives: readonly Level[] = ["sensor", "hive"];
const inRoom: readonly Level[] = ["sensor", "zone"];

const always = (levels: readonly Level[], tells: string, example: string): MetadataKey => ({
  always: levels,
  sometimes: [],
  tells,
  example,
});
const sometimes = (levels: readonly Level[], tells: string, example: string): MetadataKey => ({
  always: [],
  sometimes: levels,
  tells,
  example,
});
const inRooms = (tells: string, example: string): MetadataKey => ({
  always: ["room"],
  sometimes: inRoom,
  tells,
  example,
});

/** In the order in which payloads have them. */
export const metadataKeys: Readonly<Record<string, MetadataKey>> = {
  org_id: always(everywhere, "Id of the organization.", "org_2oUBiRES2AmpczNM5yLu7pChz8o"),
  site_id: always(everywhere, "Id of the site.", "site_2oUBkdxF0lLJZxyWVix09ZTsMNV"),
  building_id: always(everywhere, "Id of the building.", "building_2oUBkaFkcYwDzo7HLXpPh8bP4cD"),
  floor_id: always(everywhere, "Id of the floor.", "space_2oUBnI7YL51GNemTvKIxEgSZ8gx"),
  room_id: inRooms("Id of the room.", "room_2oUDDps5iKHHo6RwlMgGVihmTlq"),
  zone_id: always(["zone"], "Id of the zone.", "zone_2oUJLGKGlqPjwnUCwXNXpX3HB28"),
  floor_custom_id: sometimes(everywhere, "Your own id of the floor.", "2tZStWPtxqpmb3w0PoJDm7AnfIX"),
  room_custom_id: sometimes(["sensor", "room", "zone"], "Your own id of the room.", "2tZSGplhA4CZ58wFlTf7wAeKMVo"),
  zone_custom_id: sometimes(["zone"], "Your own id of the zone.", "2tZTBBPk0Xmmo8zl1zFXrBHZwsz"),
  hive_id: always(ofHives, "Id of the hive, or of the sensor's hive.", "hive_2oULLOWeATbeC4Ebfe849hNlFWk"),
  sensor_id: always(["sensor"], "Id of the sensor, without a leading `sensor_`.", "2oULMisdkRfEp6mBag2gLpJ0d7Z"),
  org_name: always(everywhere, "Name of the organization.", "Murphy Group"),
  site_name: always(everywhere, "Name of the site.", "Los Angeles"),
  building_name: always(everywhere, "Name of the building.", "Bergnaum Building"),
  floor_name: always(everywhere, "Name of the floor.", "1st Floor"),
  room_name: inRooms("Name of the room.", "Cherry Falls"),
  zone_name: always(["zone"], "Name of the zone.", "Desk 01"),
  hive_serial: always(ofHives, "Serial number of the hive.", "21312f639defabc0"),
  mac_address: always(["sensor"], "MAC address of the sensor, lower case with hyphens.", "00-17-0d-00-00-cc-bb-aa"),
  sensor_mode: always(["sensor"], "What the sensor counts: `presence` or `traffic`.", "presence"),
  sensor_model: always(["sensor"], "Model of the sensor.", "Heatic 2+"),
  hive_model: always(ofHives, "Model of the hive.", "2.0"),
  hive_version: always(ofHives, "Software version of the hive.", "2.4.4"),
};

type Schema = Readonly<Record<string, unknown>>;

/** The metadata of all payloads of a level. */
export function metadataSchema(level: Level): Schema {
  const keys = keysOf(level);
  return {
    type: "object",
    required: keys.filter(([, key]) => key.always.includes(level)).map(([name]) => name),
    properties: Object.fromEntries(
      keys.map(([name, { tells, example }]) => [name, { type: "string", description: tells, examples: [example] }]),
    ),
  };
}

/** `metadata`: the schema of its level, or a reference to it. */
export function payloadSchema(type: EventType, metadata: Schema): Schema {
  const data = dataSchemas[eventTypes[type].data];
  const required = ["id", "type", "timestamp", "version", "metadata"];
  return {
    type: "object",
    required: data === null ? required : [...required, "data"],
    properties: {
      id: { type: "string", description: "Id of the event: the same on every attempt.", examples: [eventId] },
      type: { type: "string", const: type },
      timestamp: {
        type: "integer",
        description: "The moment of sensing, milliseconds since 1970.",
        examples: [moment],
      },
      version: { type: "string", examples: ["v1.0.0"] },
      metadata,
      ...(data !== null && { data }),
    },
  };
}

/** The payload as the vendor's documents show it; of our own types, one like it. */
export function payloadExample(type: EventType): Readonly<Record<string, unknown>> {
  const { level, data: form } = eventTypes[type];
  const metadata = Object.fromEntries(keysOf(level).map(([name, { example }]) => [name, example]));
  if (type === "TRAFFIC") metadata["sensor_mode"] = "traffic";
  const data = form === "count" ? (level === "floor" ? 25 : 4) : dataExamples[form];
  return { id: eventId, type, timestamp: moment, version: "v1.0.0", metadata, ...(data !== null && { data }) };
}

const keysOf = (level: Level): readonly (readonly [string, MetadataKey])[] =>
  Object.entries(metadataKeys).filter(([, key]) => key.always.includes(level) || key.sometimes.includes(level));

const eventId = "event_2oUBiSXgx48RtbZKXHm5ekpAzFe";
const moment = 1_727_735_832_000;

const count: Schema = { type: "number", minimum: 0 };
const points = (tells: string): Schema => ({
  type: "array",
  description: tells,
  items: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
});

const timeOrNull = (tells: string): Schema => ({ type: ["integer", "null"], description: tells });
const heard: Readonly<Record<string, Schema>> = {
  online: { type: "boolean", description: "Heard of within three times its usual gap, and at least two minutes." },
  last_heartbeat: timeOrNull("Its last message of any kind; null: none was accepted yet."),
  silent_since: timeOrNull("Its last message, once that is more than twice its usual gap ago; null: it is not silent."),
};

const dataSchemas: Readonly<Record<DataForm, Schema | null>> = {
  count: { ...count, description: "People counted." },
  traffic: {
    type: "object",
    description: "People who came in and went out.",
    required: ["in", "out"],
    properties: { in: count, out: count },
  },
  detections: {
    type: "object",
    description: "People seen. Entries of both lists with the same index are the same person; a list may be empty.",
    required: ["local", "world"],
    properties: {
      local: points("[x, y] in what the sensor sees: 0 to 1, from its top left corner."),
      world: points("[x, y] on the floor, metres from its origin."),
    },
  },
  sensor_health: {
    type: "object",
    description: "How the sensor is since `timestamp`. Times are milliseconds since 1970.",
    required: ["online", "last_heartbeat", "silent_since", "stuck_since", "clock"],
    properties: {
      ...heard,
      stuck_since: timeOrNull("Since when it sends one and the same frame with somebody in it; null: it does not."),
      clock: {
        type: "string",
        enum: ["ok", "ahead", "behind", "wrong"],
        description: "Whether its times can be right. `ahead` and `wrong`: what it sends is rejected.",
      },
    },
  },
  hive_health: {
    type: "object",
    description: "How the hive is since `timestamp`. Times are milliseconds since 1970.",
    required: ["online", "last_heartbeat", "silent_since"],
    properties: heard,
  },
  none: null,
};

const dataExamples: Readonly<Record<Exclude<DataForm, "count">, object | null>> = {
  traffic: { in: 0, out: 1 },
  detections: {
    local: [
      [0.5625, 0.125],
      [0.75, 0.5625],
    ],
    world: [
      [85.694195, 27.829299],
      [87.439295, 28.577199],
    ],
  },
  sensor_health: {
    online: false,
    last_heartbeat: 1_727_735_652_000,
    silent_since: 1_727_735_652_000,
    stuck_since: null,
    clock: "ok",
  },
  hive_health: { online: true, last_heartbeat: 1_727_735_832_000, silent_since: null },
  none: null,
};
