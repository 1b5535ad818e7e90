// The records that the vendor's API answers with, as JSON Schema: what records/show.ts and records/entries.ts make. Every answer
// of the tests is held against them, and none may have a key that is not here.

import {
  flag,
  integer,
  list,
  moment,
  object,
  only,
  oneOf,
  open,
  orNull,
  reference,
  type Schema,
  told,
  text,
} from "./schema.ts";

const times = { created_at: text, updated_at: text };

export const entryMethod: Schema = told(
  { anyOf: [text, object({ keychain: reference }), object({ access_tool: reference }), { type: "null" }] },
  "How the door was opened.",
);

export const accessLog: Schema = object({
  id: told(reference, "Rises with acceptance over all panels."),
  logged_at: moment,
  access_point: told(reference, "An empty text: none was named."),
  release_status: told(text, "`Unlocked`, or what else was said of the door."),
  name: orNull(text),
  release_type: orNull(text),
  unit: orNull(reference),
  tenant_id: orNull(reference),
  entry_method: entryMethod,
  image_url: orNull(text),
});

export const call: Schema = object({
  id: told(reference, "Rises with acceptance over all panels."),
  guid: text,
  building_id: reference,
  logged_at: moment,
  notification_type: text,
  recipient: object({ id: orNull(reference), type: told(text, "`Tenant` or `Attendant`.") }),
  unit: orNull(object({ id: reference })),
  device: orNull(object({ id: reference, name: text })),
  status: orNull(text),
  image_url: orNull(text),
});

const unit = { id: integer, label: text, floor: orNull(text) };

const building = object({
  id: integer,
  name: text,
  time_zone: text,
  address: object(
    Object.fromEntries(
      ["address", "city", "county", "state", "zip_code", "country"].map((name) => [name, orNull(text)]),
    ),
  ),
  ...times,
});

const tenant = object({
  id: integer,
  first_name: orNull(text),
  last_name: orNull(text),
  full_name: orNull(text),
  email: orNull(text),
  building_id: integer,
  building_name: text,
  building_timezone: text,
  unit: object({ ...unit, ...times }),
  kind: oneOf("resident", "owner"),
  contact_preference: text,
  registration_status: text,
  invitation: { type: "null" },
  inactive_after: orNull(moment),
  notification_preference: { type: "null" },
  ...times,
});

const schedule = told(
  open({ id: reference, weekdays: list(text), from: text, to: text }),
  "As it stands in the building model.",
);

const keychain = object(
  {
    id: integer,
    name: orNull(text),
    type: text,
    building_id: integer,
    tenant_id: orNull(integer),
    unit_id: orNull(integer),
    starts_at: orNull(moment),
    ends_at: told(orNull(moment), "null: open."),
    start_date: orNull(text),
    end_date: orNull(text),
    time_from: orNull(text),
    time_to: orNull(text),
    weekdays: list(text),
    access_point_ids: list(integer),
    device_ids: list(integer),
    virtual_key_ids: list(reference),
    ...times,
  },
  // Of recurring keychains only.
  ["start_date", "end_date", "time_from", "time_to", "weekdays"],
);

const virtualKey = object({
  id: reference,
  keychain_id: integer,
  name: orNull(text),
  email: orNull(text),
  sms_number: orNull(text),
  sent_at: orNull(moment),
  first_used_at: { type: "null" },
  last_used_at: { type: "null" },
  usage_count: integer,
  pin_code: told(orNull(text), "null: not for this key to read."),
  qr_code_url: told(orNull(text), "A picture that needs no key, for as long as the keychain lasts."),
  instructions_url: { type: "null" },
  building_id: integer,
  ...times,
});

export const doorRelease: Schema = object({
  id: integer,
  guid: text,
  tenant_id: integer,
  access_point_id: orNull(integer),
  device_id: orNull(integer),
  release_method: text,
  created_at: moment,
  updated_at: moment,
});

const problem = object({ field: text, code: text, message: text, messages: text }, ["messages"]);

export const recordSchemas: Readonly<Record<string, Schema>> = {
  Building: building,
  Capabilities: object({ delivery_pass_enabled: flag, delivery_pickup_pins_enabled: flag, user_photo_required: flag }),
  Unit: object({ ...unit, building_id: integer, ...times }),
  Tenant: tenant,
  AccessPoint: object({
    id: integer,
    name: text,
    building_id: integer,
    device_ids: list(integer),
    open_hours: told({}, "As it stands in the building model."),
    ...times,
  }),
  Schedule: schedule,
  Device: object({
    id: integer,
    name: text,
    building_id: integer,
    type: text,
    model: orNull(text),
    serial_number: orNull(text),
    ...times,
  }),
  AccessTool: object({
    id: integer,
    name: orNull(text),
    type: orNull(text),
    building_id: integer,
    tenant_id: orNull(integer),
    code: told(orNull(text), "null: not for this key to read."),
    ...times,
  }),
  Keychain: keychain,
  VirtualKey: virtualKey,
  AccessLog: accessLog,
  Call: call,
  DoorReleaseRequest: doorRelease,
  PageInfo: object({
    current_page: integer,
    total_pages: integer,
    total_item_count: integer,
    page_item_count: integer,
    page_size: integer,
    next_page: orNull(integer),
    prev_page: orNull(integer),
    first_page: flag,
    last_page: flag,
  }),
  Errors: object({ errors: { ...list(problem), minItems: 1 } }),
  Unauthorized: object({
    errors: list(
      object({
        field: only("base"),
        code: only("unauthorized"),
        message: only("Unauthorized"),
        messages: only("Unauthorized"),
      }),
    ),
  }),
};
