// Fields of the bodies that clients send: in an object by the name of the resource, or flat. Every fault is noted. Pure.

import type { Problem } from "../../../errors.ts";
import { readTime } from "../../../model/moment.ts";

export type Body = Readonly<Record<string, unknown>>;

export function fieldsOf(body: unknown, resource: string): Body {
  const root = Object(body) as Body;
  const inside = root[resource];
  return typeof inside === "object" && inside !== null ? (inside as Body) : root;
}

/** Undefined: absent or empty. */
export function text(body: Body, field: string, faults: Problem[]): string | undefined {
  const value = body[field] ?? "";
  if (value === "") return undefined;
  if (typeof value === "string" && value.length <= 1_024) return value;
  faults.push({ path: field, code: "invalid", message: "must be text of at most 1024 characters" });
  return undefined;
}

/** An id or a number, as text. Notes that it is missing. */
export function reference(body: Body, field: string, faults: Problem[]): string | null {
  const value = body[field] ?? "";
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "string" && value !== "") return value;
  faults.push({ path: field, code: "blank", message: "can't be blank" });
  return null;
}

/** In UTC to the second. Undefined: absent, which leaves it open. */
export function moment(body: Body, field: string, faults: Problem[]): string | undefined {
  const value = body[field] ?? "";
  if (value === "") return undefined;
  const at = readTime(value);
  if (typeof at === "number") return `${new Date(at).toISOString().slice(0, 19)}Z`;
  faults.push({ path: field, code: "invalid", message: at.replace(/\.$/, "") });
  return undefined;
}
