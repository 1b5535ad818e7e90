// By which a repeat of a ready-made event is recognized.

import { type EventMembers, isReference } from "./members.ts";

/** `data.id`, else `data.guid`, as text. */
export function inputIdOf(data: EventMembers, faults: string[]): string | null {
  const given = data["id"] ?? data["guid"] ?? null;
  if (given === null) return null;
  if (isReference(given) && /^[A-Za-z0-9_-]{1,128}$/.test(String(given))) return String(given);
  faults.push("event.data.id must be a whole number up to 2^53 or text of 1 to 128 letters, digits, _ and -");
  return null;
}

/** As observations of a call's status have it. */
const longestStatus = 256;

/** A call has one beginning and may have many statuses. */
export function statusIdOf(call: string | null, status: unknown, faults: string[]): string | null {
  if (typeof status !== "string" || status === "" || status.length > longestStatus) {
    faults.push(`event.data.status must be text of 1 to ${longestStatus} characters`);
  }
  return call === null ? null : `${call}:${String(status)}`;
}
