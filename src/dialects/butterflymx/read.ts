// Reads ready-made events: the vendor's envelope, addressed by the query of the request or by what the data names. The
// text stays as it is; reading only finds out the type, the time, the place and whom it concerns.

import type { BuildingModel } from "../../building/building.ts";
import type { Reference } from "../../building/reference.ts";
import type { DoorFact } from "../../building/entitled.ts";
import { severalHomes } from "../../auth/authorize.ts";
import { entryOf } from "../../building/entry-of.ts";
import type { ReadyMadeEntry } from "../../model/entry.ts";
import { type EntryMethod, ringing } from "../../model/fact.ts";
import { readMoment } from "../../model/moment.ts";
import type { Addressee, Dialect, ReadyMade } from "../dialect.ts";
import type { PlacePort } from "../place-port.ts";
import { compose } from "./compose.ts";
import { type Entitled, eventOf, unlocked } from "./payload.ts";
import { accessLogName, pairOf, types } from "./types.ts";

type EventMembers = Readonly<Record<string, unknown>>;
type Buildings = Pick<PlacePort, "buildingOf">;
type Located = Exclude<Awaited<ReturnType<Buildings["buildingOf"]>>, "several" | null>;
type Rejection = Extract<ReadyMade, { status: "rejected" }>;

/** Whom the query of the request names wins over what the data names. */
export function createRead(entitled: Entitled): Dialect["read"] {
  return async (text, value, { addressee, place, newId, now }) => {
    const event = members(members(value)?.["event"]);
    const data = members(event?.["data"]);
    if (event === undefined || data === undefined) {
      return rejected("INVALID_EVENT", 'Send {"event":{"resource_type":…,"action":…,"data":{…}}}.');
    }
    const type = pairOf(event["resource_type"], event["action"])?.type;
    if (type === undefined || !types.some((known) => known === type)) {
      return rejected(
        "UNKNOWN_EVENT_TYPE",
        "event.resource_type must be access_log or door_release, and event.action create; or call, and create or status_update.",
      );
    }
    const faults: string[] = [];
    const fields = type.startsWith("call.")
      ? readCall(data, members(value)?.["user"], faults)
      : readAccess(data, faults);
    // Without one, the entry is as old as its arrival.
    const at = readMoment(data["logged_at"] ?? now, now);
    const given = inputIdOf(data, faults);
    // A call has one beginning and may have many statuses.
    const inputId = type === "call.status_update" ? statusIdOf(given, data["status"], faults) : given;
    if (typeof at !== "number") {
      if (at.code !== "BAD_TIME") return rejected(at.code, `event.data.logged_at ${at.says}`);
      // Each fault ends in the period of the whole sentence.
      faults.push(`event.data.logged_at ${at.says.replace(/\.$/, "")}`);
      return rejected("INVALID_EVENT", `${faults.join("; ")}.`);
    }
    if (faults.length > 0) return rejected("INVALID_EVENT", `${faults.join("; ")}.`);

    const located = await locate(addressee, data, place);
    if (located === null) {
      return rejected(
        "UNKNOWN_BUILDING",
        "No building of yours is named. Add building=ID to the query, or put the building or its access point into the model.",
      );
    }
    if (located === "several") {
      return rejected("ORGANIZATION_REQUIRED", severalHomes("building or access point of this id"));
    }
    const objection = misplaced(located, addressee, data, fields);
    if (objection !== null) return objection;
    const fact = toFact(type, fields, located.id, at, addressee);
    const organization = located.building.organization.id;
    const kept = type === "call.status_update" ? statusOf : entryFrom;
    return {
      status: "read",
      organization,
      event: eventOf(fact, located.building, text, newId, entitled),
      inputId,
      entry: kept(fact, located.building, { value, data, sourceId: given, now }),
      // Whoever bound both names of one entry passes it on twice.
      ...(event["resource_type"] === "door_release" ? { content: compose(text, accessLogName) } : {}),
    };
  };
}

interface Sent {
  readonly value: unknown;
  readonly data: EventMembers;
  /** The sender's id. */
  readonly sourceId: string | null;
  readonly now: number;
}

/** The record is the sender's; what it is found by comes from the place where it can. */
function entryFrom(fact: DoorFact, model: BuildingModel, { value, data, sourceId, now }: Sent): ReadyMadeEntry {
  const { number: _, acceptedAt: __, ...entry } = entryOf(fact, model, now);
  const { at } = fact;
  const shared = {
    ...entry,
    at,
    sourceId,
    origin: entry.origin || null,
    data: JSON.stringify(data),
    readyMade: true as const,
  };
  if (fact.kind === "access") return shared;
  const { status, notification_type: type } = data;
  return { ...shared, guid: guidIn(value, data), status: textOr(status, ringing), type: textOr(type, null) };
}

function statusOf(_: DoorFact, model: BuildingModel, { value, data }: Sent): ReadyMadeEntry {
  const organization = model.organization.id;
  return { organization, statusOf: guidIn(value, data) ?? "", status: textOr(data["status"], "") };
}

/** In the data, or among the flat keys beside the envelope. */
function guidIn(value: unknown, data: EventMembers): string | null {
  const beside = members(value);
  return textOr(data["guid"] ?? beside?.["guid"] ?? members(beside?.["call"])?.["guid"], null);
}

const textOr = <Otherwise extends string | null>(value: unknown, otherwise: Otherwise): string | Otherwise =>
  typeof value === "string" && value !== "" ? value : otherwise;

interface AccessFields {
  readonly kind: "access";
  readonly accessPoint: Reference | null;
  readonly unit: Reference | null;
  readonly tenant: Reference | null;
  readonly entryMethod: EntryMethod;
  readonly name: string | null;
  readonly status: string;
}

interface CallFields {
  readonly kind: "call";
  readonly device: Reference | null;
  readonly unit: Reference | null;
  readonly recipient: { readonly id: Reference | null; readonly type: string };
}

function readAccess(data: EventMembers, faults: string[]): AccessFields {
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
function readCall(data: EventMembers, user: unknown, faults: string[]): CallFields {
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

/** The building named by the query; without one, the building or else the access point that the data names. Those of other
 * organizations are not looked for. */
async function locate(addressee: Addressee, data: EventMembers, place: Buildings): Promise<Located | "several" | null> {
  const find = (query: Parameters<Buildings["buildingOf"]>[0]) => place.buildingOf(query, addressee.organization);
  if (addressee.building !== null) return find({ building: addressee.building });
  const { building_id: building, access_point: accessPoint } = data;
  const byBuilding = isReference(building) ? await find({ building: String(building) }) : null;
  if (byBuilding !== null || !isReference(accessPoint)) return byBuilding;
  return find({ accessPoint: String(accessPoint) });
}

/** What is addressed to one building must not speak of another one: its subscribers would see a stranger's door. */
function misplaced(
  { building: model, id }: Located,
  addressee: Addressee,
  data: EventMembers,
  fields: AccessFields | CallFields,
): Rejection | null {
  const named = data["building_id"];
  const homes = [
    isReference(named) ? model.buildings.get(named)?.id : undefined,
    fields.kind === "access" ? homeOf(model.accessPoints, fields.accessPoint) : homeOf(model.devices, fields.device),
  ];
  if (homes.some((home) => home !== undefined && home !== id)) {
    return rejected("BUILDING_MISMATCH", `The data names a place of another building than ${id}.`);
  }
  if (addressee.unit !== null && homeOf(model.units, addressee.unit) !== id) {
    return rejected("UNKNOWN_UNIT", `There is no unit ${addressee.unit} in this building.`);
  }
  if (addressee.tenant !== null && homeOf(model.tenants, addressee.tenant) !== id) {
    return rejected("UNKNOWN_TENANT", `There is no tenant ${addressee.tenant} in this building.`);
  }
  return null;
}

function homeOf(
  records: BuildingModel["units"] | BuildingModel["tenants"] | BuildingModel["devices"],
  id: Reference | null,
) {
  return id === null ? undefined : records.get(id)?.building.id;
}

/** A fact with just what decides subject and scopes; nothing is written from it. */
function toFact(
  type: string,
  fields: AccessFields | CallFields,
  building: string,
  at: number,
  addressee: Addressee,
): DoorFact {
  const unit = addressee.unit ?? fields.unit;
  const common = { building, at, revision: 0, sourceId: null };
  const unread = { id: "", logged_at: "", image_url: null };
  if (fields.kind === "access") {
    const data = {
      ...unread,
      access_point: fields.accessPoint ?? "",
      release_status: fields.status,
      name: fields.name,
      release_type: null,
      unit,
      tenant_id: addressee.tenant ?? fields.tenant,
      entry_method: fields.entryMethod,
    };
    return { kind: "access", ...common, data };
  }
  const data = {
    ...unread,
    guid: "",
    building_id: building,
    notification_type: "",
    recipient: addressee.tenant === null ? fields.recipient : { id: addressee.tenant, type: "Tenant" },
    unit: unit === null ? null : { id: unit },
    device: fields.device === null ? null : { id: fields.device, name: "" },
    status: null,
    provider: null,
  };
  return type === "call.create"
    ? { kind: "call", ...common, data }
    : { kind: "call_status", ...common, data, told: true };
}

/** `data.id`, else `data.guid`, as text. */
function inputIdOf(data: EventMembers, faults: string[]): string | null {
  const given = data["id"] ?? data["guid"] ?? null;
  if (given === null) return null;
  if (isReference(given) && /^[A-Za-z0-9_-]{1,128}$/.test(String(given))) return String(given);
  faults.push("event.data.id must be a whole number up to 2^53 or text of 1 to 128 letters, digits, _ and -");
  return null;
}

/** As observations of a call's status have it. */
const longestStatus = 256;

function statusIdOf(call: string | null, status: unknown, faults: string[]): string | null {
  if (typeof status !== "string" || status === "" || status.length > longestStatus) {
    faults.push(`event.data.status must be text of 1 to ${longestStatus} characters`);
  }
  return call === null ? null : `${call}:${String(status)}`;
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

/** Numbers beyond 2^53 have already lost digits when they get here. */
const isReference = (value: unknown): value is Reference =>
  typeof value === "string" ? value !== "" : Number.isSafeInteger(value);

const members = (value: unknown): EventMembers | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as EventMembers) : undefined;

const rejected = (code: string, message: string): Rejection => ({ status: "rejected", code, message });
