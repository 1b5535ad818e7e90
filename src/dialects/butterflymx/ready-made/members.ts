// What stands in JSON that somebody sent: members of an object, ids, texts.

import type { Reference } from "../../../building/reference.ts";

export type EventMembers = Readonly<Record<string, unknown>>;

export const members = (value: unknown): EventMembers | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as EventMembers) : undefined;

/** Numbers beyond 2^53 have already lost digits when they get here. */
export const isReference = (value: unknown): value is Reference =>
  typeof value === "string" ? value !== "" : Number.isSafeInteger(value);

export const textOr = <Otherwise extends string | null>(value: unknown, otherwise: Otherwise): string | Otherwise =>
  typeof value === "string" && value !== "" ? value : otherwise;
