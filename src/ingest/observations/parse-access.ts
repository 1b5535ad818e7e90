// What door panels say: entries and calls, in the fields of the vendor's access log and call log [butterflymx.md §5.3,
// §5.5]. References stay as they were sent; which record they mean is for sensing to find.

import type { AccessLog, CallLog, EntryMethod } from "../../model/fact.ts";
import {
  Fault,
  type JsonObject,
  optionalRecord,
  optionalReference,
  optionalReferred,
  optionalText,
  type Reference,
  reference,
} from "./fields.ts";
import { secondText } from "../../model/moment.ts";

/** `data.id` is null where the sender gave no number: whoever writes the log assigns one, since clients want integers. */
export interface AccessDraft {
  readonly kind: "access";
  readonly id: string | null;
  readonly at: number;
  readonly data: Omit<AccessLog, "id"> & { readonly id: number | null };
}

/** `data.id` as above; null too is what the sender left to be found out: the guid, the building of a device that is named,
 * and the name of the device. */
export interface CallDraft {
  readonly kind: "call";
  readonly id: string | null;
  readonly at: number;
  readonly data: Omit<CallLog, "id" | "guid" | "building_id" | "device"> & {
    readonly id: number | null;
    readonly guid: string | null;
    readonly building_id: Reference | null;
    readonly device: { readonly id: Reference; readonly name: string | null } | null;
  };
}

interface Moments {
  readonly at: number;
  readonly loggedAt: number;
}

export function readAccess(value: JsonObject, id: string | null, { at, loggedAt }: Moments): AccessDraft {
  const data = {
    id: logNumber(id),
    logged_at: secondText(loggedAt),
    access_point: reference(value, "access_point"),
    // An entry without a status is a door that was opened: nothing else makes a panel write one.
    release_status: optionalText(value, "release_status", 256) ?? "Unlocked",
    name: optionalText(value, "name", 1024),
    release_type: optionalText(value, "release_type", 256),
    unit: optionalReference(value, "unit"),
    tenant_id: optionalReference(value, "tenant_id"),
    entry_method: entryMethod(value),
    image_url: optionalText(value, "image_url", 4096),
  };
  return { kind: "access", id, at, data };
}

export function readCall(value: JsonObject, id: string | null, { at, loggedAt }: Moments): CallDraft {
  const unit = optionalReferred(value, "unit");
  const device = optionalReferred(value, "device");
  const building = optionalReference(value, "building_id");
  if (building === null && device === null) {
    throw new Fault("INVALID", "building_id is missing: send the id or the number of the building, or of the device.");
  }
  const data = {
    id: logNumber(id),
    guid: optionalText(value, "guid", 128),
    building_id: building,
    logged_at: secondText(loggedAt),
    notification_type: optionalText(value, "notification_type", 256) ?? "visitor",
    recipient: recipient(value, unit !== null),
    unit: unit === null ? null : { id: unit.id },
    device: device === null ? null : { id: device.id, name: optionalText(device, "name", 1024) },
    status: optionalText(value, "status", 256),
    image_url: optionalText(value, "image_url", 4096),
  };
  return { kind: "call", id, at, data };
}

/** The sender's id is the log's number where it is one; other ids serve idempotency only. */
function logNumber(id: string | null): number | null {
  if (id === null || !/^(0|[1-9]\d*)$/.test(id)) return null;
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : null;
}

function entryMethod(value: JsonObject): EntryMethod {
  const found = value["entry_method"] ?? null;
  if (found === null || typeof found === "string") return optionalText(value, "entry_method", 256);
  const method = optionalRecord(value, "entry_method");
  const keychain = method === null ? null : optionalReference(method, "keychain", "entry_method.keychain");
  const tool = method === null ? null : optionalReference(method, "access_tool", "entry_method.access_tool");
  if (keychain !== null && tool === null) return { keychain };
  if (tool !== null && keychain === null) return { access_tool: tool };
  throw new Fault("INVALID", 'entry_method must be a text, {"keychain": id}, {"access_tool": id} or null.');
}

/** A call of which only the unit is told rings everybody there; without a unit it is the attendant's. */
function recipient(value: JsonObject, home: boolean): CallLog["recipient"] {
  const found = optionalRecord(value, "recipient");
  if (found === null) return { id: null, type: home ? "Tenant" : "Attendant" };
  const { type } = found;
  if (type !== "Tenant" && type !== "Attendant") {
    throw new Fault(
      "INVALID",
      'recipient must be an object with a type of "Tenant" or "Attendant", and an id or null.',
    );
  }
  return { id: optionalReference(found, "id", "recipient.id"), type };
}
