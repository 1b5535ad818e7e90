// The older API of mobile clients in the OpenAPI document: JSON:API, ids as text [records/v3.ts].

import type { RouteDocument } from "../../../http/scope.ts";
import { formType, jsonBodies } from "./requests.ts";
import { flag, list, moment, object, one, only, oneOf, open, orNull, ref, reference, text } from "./schema.ts";
import type { Schema } from "./schema.ts";

const pointer = object({ id: text, type: text });
const toOne = object({ data: orNull(pointer) });
const toMany = object({ data: list(pointer) });

const resource = (type: string, attributes: Schema, relationships: Readonly<Record<string, Schema>> | null = null) =>
  object({
    id: text,
    type: only(type),
    attributes,
    ...(relationships === null ? {} : { relationships: object(relationships) }),
  });

const call = resource(
  "calls",
  object({
    guid: text,
    call_type: only("mobile"),
    notification_type: text,
    status: text,
    display_status: text,
    panel_id: orNull(reference),
    panel_name: orNull(text),
    provider: orNull(text),
    thumb_url: orNull(text),
    medium_url: orNull(text),
    created_at: moment,
    logged_at: moment,
  }),
  { panel: toOne },
);

const included: Schema = {
  anyOf: [
    resource("tenants", object({ name: orNull(text) }), {
      building: toOne,
      unit: toOne,
      panels: toMany,
      devices: toMany,
    }),
    resource("buildings", object({ name: text, open_door_button_enabled: flag })),
    resource("panels", object({ name: text })),
    resource("devices", object({ name: text })),
    resource("units", object({ label: text, unit_type: text })),
  ],
};

export const olderSchemas: Readonly<Record<string, Schema>> = {
  OlderCall: call,
  Me: resource(
    "users",
    object({
      name: orNull(text),
      email: orNull(text),
      phone_number: { type: "null" },
      contact_preference: text,
      avatar: { type: "null" },
    }),
    { tenants: toMany },
  ),
  Included: included,
};

/** JSON, or the same as a form with nested names. */
const doorBody = {
  ...jsonBodies(
    object({
      data: open(
        {
          type: text,
          attributes: open({ release_method: text }),
          relationships: open({ panel: open({ data: open({ id: reference }) }), device: open({ data: open({}) }) }),
        },
        ["relationships"],
      ),
    }),
  ),
  [formType]: open({ "data[relationships][panel][data][id]": text, "data[relationships][device][data][id]": text }),
};

const notification = jsonBodies(
  object({
    data: open({
      type: text,
      attributes: open({ call_guid: text, source_id: reference, video: {}, audio: {} }),
    }),
  }),
);

export const olderDocuments = {
  me: {
    summary: "Shows the person behind a tenant's key, with tenants, buildings, panels, devices and units.",
    query: open({ include: text }),
    answers: { 200: object({ data: ref("Me"), included: list(ref("Included")) }) },
  },
  calls: {
    summary: "Lists the 50 newest calls of the person.",
    answers: { 200: object({ data: list(ref("OlderCall")) }) },
  },
  status: {
    summary: "Shows how a call goes on.",
    answers: {
      200: object({
        data: resource("call_statuses", object({ status: orNull(text), multiple_devices: flag, created_at: moment })),
        included: list(ref("OlderCall")),
      }),
    },
  },
  openDoor: {
    summary: "Opens the door of a panel through the bridge.",
    body: doorBody,
    answers: { 201: one("DoorReleaseRequest") },
  },
  notify: {
    summary: "Opens the door of a call (open_door), or says something of it that changes nothing here.",
    body: notification,
    answers: { 200: object({}), 201: one("DoorReleaseRequest") },
  },
  regions: {
    summary: "Lists the regions that a mobile client may choose from.",
    isOpen: true,
    answers: { 200: object({ regions: list(oneOf("na")) }) },
  },
} as const satisfies Readonly<Record<string, RouteDocument>>;
