// The AsyncAPI 3 document of Butlr's webhooks: one message for each event type, as Belfry sends it. Made of the table of
// payloads and of nothing else. Pure.

import { asyncApiOf, schemaRef } from "../../asyncapi.ts";
import { everywhere, metadataSchema, payloadExample, payloadSchema } from "../payload-schema.ts";
import { type EventType, eventTypeNames, eventTypes, type Level } from "../types.ts";

const titles: Readonly<Record<EventType, string>> = {
  DETECTIONS: "Where people are, as one sensor sees them",
  TRAFFIC: "People passed an entrance",
  FLOOR_OCCUPANCY: "People on a floor, when their number was worked out anew",
  ROOM_OCCUPANCY: "People in a room, when their number was worked out anew",
  ZONE_OCCUPANCY: "People in a zone, when their number was worked out anew",
  FLOOR_OCCUPANCY_1MIN: "People on a floor, once a minute",
  ROOM_OCCUPANCY_1MIN: "People in a room, once a minute",
  ZONE_OCCUPANCY_1MIN: "People in a zone, once a minute",
  PIR_MOTION: "Somebody moves in a room that was at rest",
  PIR_NO_MOTION: "A room has come to rest",
  SENSOR_HEALTH: "A sensor is another way than before: online, silent, stuck or its clock (Belfry's own)",
  HIVE_HEALTH: "A hive went online or offline, fell silent or spoke again (Belfry's own)",
};

const metadataName = (level: Level): string => `${level}_metadata`;

/** `version` is that of Belfry. */
export function asyncApi(version: string): object {
  return asyncApiOf({
    title: "Belfry: webhooks in Butlr's format",
    version,
    description:
      "What a receiver gets: one POST for each event, to the URL of the webhook that takes its type. Answer with 2xx. The" +
      " same event may come more than once, with the same webhook-id, and events may come in another order than they" +
      " happened.",
    channels: { webhook: "The URL in `endpoint_config` of a webhook." },
    messages: Object.fromEntries(
      eventTypeNames.map((type) => [
        type,
        {
          title: titles[type],
          payload: payloadSchema(type, schemaRef(metadataName(eventTypes[type].level))),
          examples: [{ name: "documented", payload: payloadExample(type) }],
        },
      ]),
    ),
    schemas: Object.fromEntries(everywhere.map((level) => [metadataName(level), metadataSchema(level)])),
  });
}
