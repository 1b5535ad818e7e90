// The AsyncAPI 3 document of Butlr's webhooks: one message for each event type, as Belfry sends it. Made of the table of
// payloads and of nothing else. Pure.

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
const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** `version` is that of Belfry. */
export function asyncApi(version: string): object {
  const perType = <Value>(make: (type: EventType) => Value): Record<string, Value> =>
    Object.fromEntries(eventTypeNames.map((type) => [type, make(type)]));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Belfry: webhooks in Butlr's format",
      version,
      description:
        "What a receiver gets: one POST for each event, to the URL of the webhook that takes its type. Answer with 2xx. The" +
        " same event may come more than once, with the same webhook-id, and events may come in another order than they" +
        " happened.",
    },
    defaultContentType: "application/json",
    channels: {
      webhook: {
        address: null,
        description: "The URL in `endpoint_config` of a webhook.",
        messages: perType((type) => ({ $ref: `#/components/messages/${type}` })),
      },
    },
    operations: perType((type) => ({
      action: "send",
      title: titles[type],
      channel: { $ref: "#/channels/webhook" },
      messages: [{ $ref: `#/channels/webhook/messages/${type}` }],
    })),
    components: {
      messages: perType((type) => ({
        name: type,
        title: titles[type],
        contentType: "application/json",
        headers: schemaRef("headers"),
        payload: schemaRef(type),
        examples: [{ name: "documented", payload: payloadExample(type) }],
      })),
      schemas: {
        headers,
        ...Object.fromEntries(everywhere.map((level) => [metadataName(level), metadataSchema(level)])),
        ...perType((type) => payloadSchema(type, schemaRef(metadataName(eventTypes[type].level)))),
      },
    },
  };
}

const text = (description: string) => ({ type: "string", description });

/** docs/deliveries.md tells more of each. */
const headers = {
  type: "object",
  required: ["webhook-id", "webhook-timestamp", "webhook-signature", "belfry-attempt", "belfry-delivery"],
  properties: {
    "webhook-id": text("Id of the event: ignore one that you have seen."),
    "webhook-timestamp": text("When this attempt was signed, seconds since 1970."),
    "webhook-signature": text("`v1,` and an HMAC-SHA256 in base64, as Standard Webhooks has it."),
    "belfry-attempt": text("1, 2, 3, …"),
    "belfry-delivery": text("Id of the delivery."),
    "belfry-revision": text("Only on corrections: 1, 2, … for an event that replaces an earlier one."),
    "belfry-previous-value": text("Only on corrections: the value that it replaces, as JSON."),
  },
};
