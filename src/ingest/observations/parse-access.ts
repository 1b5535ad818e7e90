// What door panels say: entries and calls, in the fields of the vendor's access log and call log [butterflymx.md §5.3,
// §5.5]. References stay as they were sent; which record they mean is for sensing to find.

import type { AccessLog, CallLog, EntryMethod } from "../../model/fact.ts";
import type { Reference } from "../../building/reference.ts";
import {
  type FieldReader,
  type JsonObject,
  optionalRecord,
  optionalReference,
  optionalReferred,
  optionalText,
  reference,
  wrong,
} from "./fields.ts";
import { secondText } from "../../model/moment.ts";

/** `device`: which panel counts the sender's ids; null: it was not named. */
export interface AccessDraft {
  readonly kind: "access";
  readonly id: string | null;
  readonly at: number;
  readonly device: Reference | null;
  readonly data: Omit<AccessLog, "id">;
}

/** Null is what the sender left to be found out: the guid, the building of a device that is named, and the name of the device. */
export interface CallDraft {
  readonly kind: "call";
  readonly id: string | null;
  readonly at: number;
  readonly data: Omit<CallLog, "id" | "guid" | "building_id" | "device"> & {
    readonly guid: string | null;
    readonly building_id: Reference | null;
    readonly device: { readonly id: Reference; readonly name: string | null } | null;
  };
}

interface Moments {
  readonly at: number;
  readonly loggedAt: number;
}

export function readAccess(
  reader: FieldReader,
  value: JsonObject,
  id: string | null,
  { at, loggedAt }: Moments,
): AccessDraft {
  const data = {
    logged_at: secondText(loggedAt),
    access_point: reference(reader, value, "access_point"),
    // An entry without a status is a door that was opened: nothing else makes a panel write one.
    release_status: optionalText(reader, value, "release_status", 256) ?? "Unlocked",
    name: optionalText(reader, value, "name", 1024),
    release_type: optionalText(reader, value, "release_type", 256),
    unit: optionalReference(reader, value, "unit"),
    tenant_id: optionalReference(reader, value, "tenant_id"),
    entry_method: entryMethod(reader, value),
    image_url: optionalText(reader, value, "image_url", 4096),
  };
  const device = optionalReferred(reader, value, "device");
  return { kind: "access", id, at, device: device === null ? null : device.id, data };
}

export function readCall(
  reader: FieldReader,
  value: JsonObject,
  id: string | null,
  { at, loggedAt }: Moments,
): CallDraft {
  const unit = optionalReferred(reader, value, "unit");
  const device = optionalReferred(reader, value, "device");
  const building = optionalReference(reader, value, "building_id");
  if (building === null && device === null) {
    wrong(reader, "building_id is missing: send the id or the number of the building, or of the device.", null);
  }
  const data = {
    guid: optionalText(reader, value, "guid", 128),
    building_id: building,
    logged_at: secondText(loggedAt),
    notification_type: optionalText(reader, value, "notification_type", 256) ?? "visitor",
    recipient: recipient(reader, value, unit !== null),
    unit: unit === null ? null : { id: unit.id },
    device: device === null ? null : { id: device.id, name: optionalText(reader, device, "name", 1024) },
    status: optionalText(reader, value, "status", 256),
    image_url: optionalText(reader, value, "image_url", 4096),
    provider: optionalText(reader, value, "provider", 256),
  };
  return { kind: "call", id, at, data };
}

function entryMethod(reader: FieldReader, value: JsonObject): EntryMethod {
  const found = value["entry_method"] ?? null;
  if (found === null || typeof found === "string") return optionalText(reader, value, "entry_method", 256);
  const method = optionalRecord(reader, value, "entry_method");
  const keychain = method === null ? null : optionalReference(reader, method, "keychain", "entry_method.keychain");
  const tool = method === null ? null : optionalReference(reader, method, "access_tool", "entry_method.access_tool");
  if (keychain !== null && tool === null) return { keychain };
  if (tool !== null && keychain === null) return { access_tool: tool };
  return wrong(reader, 'entry_method must be a text, {"keychain": id}, {"access_tool": id} or null.', null);
}

/** A call of which only the unit is told rings everybody there; without a unit it is the attendant's. */
function recipient(reader: FieldReader, value: JsonObject, home: boolean): CallLog["recipient"] {
  const found = optionalRecord(reader, value, "recipient");
  if (found === null) return { id: null, type: home ? "Tenant" : "Attendant" };
  const { type } = found;
  if (type !== "Tenant" && type !== "Attendant") {
    return wrong(reader, 'recipient must be an object with a type of "Tenant" or "Attendant", and an id or null.', {
      id: null,
      type: "Attendant",
    });
  }
  return { id: optionalReference(reader, found, "id", "recipient.id"), type };
}
