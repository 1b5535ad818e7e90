// What requests of the vendor's API may hold, as JSON Schema: paging, filters, passes, doors. Forms of values are those that the
// routes check with.

import { passDate, timeOfDay, weekday } from "../records/recurrence.ts";
import { integer, list, moment, object, open, orNull, reference, type Schema, text, told } from "./schema.ts";

/** The vendor's two media types. */
export const jsonTypes = ["application/json", "application/vnd.api+json"] as const;
export const formType = "application/x-www-form-urlencoded";

export const jsonBodies = (schema: Schema): Readonly<Record<string, Schema>> =>
  Object.fromEntries(jsonTypes.map((type) => [type, schema]));

export const paging = {
  page: told({ ...integer, minimum: 0 }, "From 1; 0 is the first, too."),
  per: told({ ...integer, minimum: 1, maximum: 100 }, "Items of a page; 50 if absent."),
};

const filters: Schema = {
  type: "object",
  description:
    "Filters `q[attribute_predicate]=value` with the predicates eq, start, in, gteq and lteq, such as `q[building_id_eq]`. What" +
    " cannot be read is ignored.",
  additionalProperties: { anyOf: [text, list(text)] },
};

/** Of lists with filters. */
export const listParameters = { ...paging, q: filters };
export const listQuery = open(listParameters);

/** Fields in an object by the name of the resource, or flat. */
const inOrFlat = (resource: string, fields: Schema): Schema => ({ anyOf: [object({ [resource]: fields }), fields] });

const name = orNull({ ...text, maxLength: 1_024 });
const passFields = {
  name,
  tenant_id: told(orNull(reference), "A tenant's key need not name its only tenant."),
};
const oneOrMore: Schema = { anyOf: [list(reference), { ...reference, type: ["integer", "string", "null"] }] };
const timed = {
  ...passFields,
  starts_at: orNull(moment),
  ends_at: orNull(moment),
  access_point_ids: told(oneOrMore, "Doors that the pass opens; absent: all of the building."),
  device_ids: oneOrMore,
  recipients: told(
    { ...list({ anyOf: [text, open({ name: text, email: text, sms_number: text })] }), maxItems: 100 },
    "Each gets a key.",
  ),
};
const form = (pattern: RegExp): Schema => orNull({ ...text, pattern: pattern.source });

export const passBodies: Readonly<Record<string, Schema>> = {
  custom: inOrFlat("keychain", open(timed, ["name"])),
  one_time: inOrFlat("keychain", open(timed, ["name"])),
  delivery_pass: inOrFlat("keychain", open(passFields)),
  recurring: inOrFlat(
    "keychain",
    open(
      {
        ...timed,
        start_date: form(passDate),
        end_date: form(passDate),
        time_from: form(timeOfDay),
        time_to: form(timeOfDay),
        weekdays: orNull({ ...list({ ...text, pattern: weekday.source }), minItems: 1, maxItems: 7 }),
      },
      ["name"],
    ),
  ),
};

const pin = orNull({ ...text, pattern: "^\\d*$" });

export const virtualKeyBody = inOrFlat(
  "virtual_key",
  open({ keychain_id: reference, name, email: name, sms_number: name, pin_code: told(pin, "By chance if absent.") }, [
    "keychain_id",
  ]),
);

export const newPinBody = inOrFlat(
  "pin",
  open({ tenant_id: orNull(reference), code: told(pin, "4 or 6 digits; by chance if absent.") }),
);
export const pinBody = inOrFlat("pin", open({ code: { ...text, pattern: "^\\d+$" } }, ["code"]));
export const newTagBody = inOrFlat(
  "rfid_tag",
  open({ tenant_id: orNull(reference), identifier: text }, ["identifier"]),
);

export const doorReleaseBody = inOrFlat(
  "door_release_request",
  told(
    open({ tenant_id: reference, access_point_id: orNull(reference), device_id: orNull(reference) }, ["tenant_id"]),
    "Exactly one of access_point_id and device_id.",
  ),
);
