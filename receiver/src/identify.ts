// From a parsed body to the name of its event and, when no header carries an id, the id that its repetitions share.

import { createHash } from "node:crypto";

/** The name that the event gives itself, or "" for JSON that is no event. Checks only the fields that identify an event. */
export function nameOf(payload: unknown): string {
  const { type, timestamp, metadata, event, guid, panel, call, status } = fields(payload);
  if (typeof type === "string" && isMoment(timestamp) && isObject(metadata)) return type;
  if (isObject(event)) {
    const { resource_type: resource, action, data } = fields(event);
    if (typeof resource === "string" && typeof action === "string" && isObject(data)) return `${resource}.${action}`;
  }
  if (typeof guid === "string" && isObject(panel)) return "call.create.flat";
  if (typeof fields(call)["guid"] === "string" && typeof status === "string") return "call.status_update";
  return "";
}

/** For the vendors' own deliveries, which have no `webhook-id`: the id in Butlr's payload, the guid or number of an entry or
 * a call, else a hash of the body. */
export function idOf(payload: unknown, name: string, body: Uint8Array): string {
  const { id, event, guid } = fields(payload);
  const data = fields(fields(event)["data"]);
  const own = id ?? data["guid"] ?? data["id"] ?? guid;
  // One entry comes under two names.
  if (name !== "" && isId(own)) return `${name === "door_release.create" ? "access_log.create" : name}:${own}`;
  return createHash("sha256").update(body).digest("base64url");
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  isObject(value) ? (value as Readonly<Record<string, unknown>>) : {};
const isId = (value: unknown): value is string | number =>
  (typeof value === "string" && value !== "") || typeof value === "number";
const isMoment = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 1e15;
