// What is kept of a ready-made event in the access log: an entry, or the new status of a call.

import type { BuildingModel } from "../../../building/building.ts";
import type { DoorFact } from "../../../building/entitled.ts";
import { entryOf } from "../../../building/entry-of.ts";
import type { ReadyMadeEntry } from "../../../model/entry.ts";
import { ringing } from "../../../model/fact.ts";
import { type EventMembers, members, textOr } from "./members.ts";

export interface Sent {
  readonly value: unknown;
  readonly data: EventMembers;
  /** The sender's id. */
  readonly sourceId: string | null;
  readonly now: number;
}

/** The record is the sender's; what it is found by comes from the place where it can. */
export function entryFrom(fact: DoorFact, model: BuildingModel, { value, data, sourceId, now }: Sent): ReadyMadeEntry {
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

export function statusOf(_: DoorFact, model: BuildingModel, { value, data }: Sent): ReadyMadeEntry {
  const organization = model.organization.id;
  return { organization, statusOf: guidIn(value, data) ?? "", status: textOr(data["status"], "") };
}

/** In the data, or among the flat keys beside the envelope. */
function guidIn(value: unknown, data: EventMembers): string | null {
  const beside = members(value);
  return textOr(data["guid"] ?? beside?.["guid"] ?? members(beside?.["call"])?.["guid"], null);
}
