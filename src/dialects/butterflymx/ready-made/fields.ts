// What the data of a ready-made event says of whom it concerns. Faults are told in words. A form that Belfry does not know is no
// fault: it counts as somebody unknown.

import type { Reference } from "../../../building/reference.ts";
import type { EntryMethod } from "../../../model/fact.ts";
import { unlocked } from "../payload.ts";
import { type EventMembers, isReference, members } from "./members.ts";

export interface AccessFields {
  readonly kind: "access";
  readonly accessPoint: Reference | null;
  readonly unit: Reference | null;
  readonly tenant: Reference | null;
  readonly entryMethod: EntryMethod;
  readonly name: string | null;
  readonly status: string;
}

export interface CallFields {
  readonly kind: "call";
  readonly device: Reference | null;
  readonly unit: Reference | null;
  readonly recipient: { readonly id: Reference | null; readonly type: string };
}

export function readAccess(data: EventMembers, faults: string[]): AccessFields {
  return {
    kind: "access",
    accessPoint: reference(data["access_point"], "access_point", faults),
    unit: reference(data["unit"], "unit", faults),
    tenant: reference(data["tenant_id"], "tenant_id", faults),
    entryMethod: entryMethod(data["entry_method"], faults),
    name: nameIn(data["name"]),
    status: typeof data["release_status"] === "string" ? data["release_status"] : unlocked,
  };
}

/** `user`: of the flat keys beside the envelope. It says who is called where the data does not. */
export function readCall(data: EventMembers, user: unknown, faults: string[]): CallFields {
  const recipient = data["recipient"] ?? user;
  return {
    kind: "call",
    device: reference(data["device"], "device", faults),
    unit: reference(data["unit"], "unit", faults),
    recipient: {
      id: reference(recipient, "recipient", faults),
      type: recipientType(members(recipient)?.["type"]),
    },
  };
}

/** In any case of letters. A word that nobody knows stays, and counts as a person [building/entitled.ts]. */
function recipientType(given: unknown): string {
  if (given === undefined || given === null) return "Tenant";
  const word = typeof given === "string" ? given.trim().toLowerCase() : JSON.stringify(given);
  return ["Tenant", "Attendant"].find((known) => known.toLowerCase() === word) ?? word;
}

/** An id, or a record with one: the vendor writes `"unit": 3` in entries and `"unit": {"id": 3}` in calls. */
function reference(given: unknown, name: string, faults: string[]): Reference | null {
  const id = members(given)?.["id"] ?? (members(given) === undefined ? given : null);
  if (id === undefined || id === null) return null;
  if (isReference(id)) return id;
  faults.push(`event.data.${name} must be an id or null`);
  return null;
}

/** A name in a form of the future is somebody's. */
function nameIn(given: unknown): string | null {
  if (given === undefined || given === null) return null;
  return typeof given === "string" ? given : JSON.stringify(given);
}

/** A word for how the door was opened says nothing about whose it was. A form of the future, which is passed on unread, may
 * name somebody: it counts as a keychain that nobody knows. */
function entryMethod(given: unknown, faults: string[]): EntryMethod {
  if (given === undefined || given === null || typeof given === "string") return given ?? null;
  const method = members(given);
  const keychain = reference(method?.["keychain"], "entry_method.keychain", faults);
  if (keychain !== null) return { keychain };
  const accessTool = reference(method?.["access_tool"], "entry_method.access_tool", faults);
  return accessTool === null ? { keychain: "" } : { access_tool: accessTool };
}
