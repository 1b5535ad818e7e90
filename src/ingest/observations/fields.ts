// Single fields of an observation, read from what JSON.parse returned. A reader keeps the first thing that is wrong and
// goes on with a harmless value, so that nothing is thrown for what a sender did.

import type { Reference } from "../../building/reference.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong with one item, as its sender reads it. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

/** Reads one item. Whoever asked for fields must look at `fault` before the values count. */
export interface FieldReader {
  fault: Fault | null;
}

export const createFieldReader = (): FieldReader => ({ fault: null });

/** Notes a fault, unless there is one already; returns what stands in for the value. */
export function wrong<Value>(reader: FieldReader, message: string, instead: Value, code = "INVALID"): Value {
  reader.fault ??= { code, message };
  return instead;
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(reader: FieldReader, value: JsonObject, name: string, longest: number): string {
  const found = optionalText(reader, value, name, longest);
  return found === null || found === "" ? wrong(reader, `${name} is missing.`, "") : found;
}

/** Null for absent and null. */
export function optionalText(reader: FieldReader, value: JsonObject, name: string, longest: number): string | null {
  const found = value[name] ?? null;
  if (found === null || (typeof found === "string" && found.length <= longest)) return found;
  return wrong(reader, `${name} must be a text of at most ${longest} characters.`, null);
}

export function optionalBoolean(reader: FieldReader, value: JsonObject, name: string): boolean | undefined {
  const found = value[name] ?? undefined;
  if (found === undefined || typeof found === "boolean") return found;
  return wrong(reader, `${name} must be true or false.`, undefined);
}

/** A record of the building, named by its id or its number as it was sent. */
export function reference(reader: FieldReader, value: JsonObject, name: string, path = name): Reference {
  const found = optionalReference(reader, value, name, path);
  return found ?? wrong(reader, `${path} is missing: send the id or the number of the record.`, "");
}

export function optionalReference(reader: FieldReader, value: JsonObject, name: string, path = name): Reference | null {
  const found = value[name] ?? null;
  if (found === null) return null;
  if (typeof found === "string" && found !== "" && found.length <= 128) return found;
  if (Number.isSafeInteger(found) && (found as number) >= 0) return found as number;
  return wrong(reader, `${path} must be an id (1 to 128 characters) or a whole number from 0 up.`, null);
}

/** A record with an id, or the id alone; null for absent and null. */
export function optionalReferred(
  reader: FieldReader,
  value: JsonObject,
  name: string,
): (JsonObject & { readonly id: Reference }) | null {
  const found = value[name] ?? null;
  if (found === null) return null;
  if (isRecord(found)) return { ...found, id: reference(reader, found, "id", `${name}.id`) };
  return { id: reference(reader, value, name) };
}

export function optionalRecord(reader: FieldReader, value: JsonObject, name: string): JsonObject | null {
  const found = value[name] ?? null;
  if (found === null || isRecord(found)) return found;
  return wrong(reader, `${name} must be an object or null.`, null);
}
