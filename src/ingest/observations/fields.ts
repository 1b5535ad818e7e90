// Single fields of an observation, read from what JSON.parse returned.

export type JsonObject = Readonly<Record<string, unknown>>;

/** Something is wrong with one item; caught where the item is read, never further. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: string;

  constructor(code: string, message: string) {
    // No stack: a batch may hold thousands of them.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = depth;
    this.code = code;
  }
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(value: JsonObject, name: string, longest: number): string {
  const found = optionalText(value, name, longest);
  if (found === null || found === "") throw new Fault("INVALID", `${name} is missing.`);
  return found;
}

/** Null for absent and null. */
export function optionalText(value: JsonObject, name: string, longest: number): string | null {
  const found = value[name] ?? null;
  if (found === null) return null;
  if (typeof found === "string" && found.length <= longest) return found;
  throw new Fault("INVALID", `${name} must be a text of at most ${longest} characters.`);
}

export function optionalBoolean(value: JsonObject, name: string): boolean | undefined {
  const found = value[name] ?? undefined;
  if (found === undefined || typeof found === "boolean") return found;
  throw new Fault("INVALID", `${name} must be true or false.`);
}

/** A record of the building, named by its id or its number as it was sent. */
export type Reference = number | string;

export function reference(value: JsonObject, name: string, path = name): Reference {
  const found = optionalReference(value, name, path);
  if (found === null) throw new Fault("INVALID", `${path} is missing: send the id or the number of the record.`);
  return found;
}

export function optionalReference(value: JsonObject, name: string, path = name): Reference | null {
  const found = value[name] ?? null;
  if (found === null) return null;
  if (typeof found === "string" && found !== "" && found.length <= 128) return found;
  if (Number.isSafeInteger(found) && (found as number) >= 0) return found as number;
  throw new Fault("INVALID", `${path} must be an id (1 to 128 characters) or a whole number from 0 up.`);
}

/** A record with an id, or the id alone; null for absent and null. */
export function optionalReferred(value: JsonObject, name: string): (JsonObject & { readonly id: Reference }) | null {
  const found = value[name] ?? null;
  if (found === null) return null;
  if (isRecord(found)) return { ...found, id: reference(found, "id", `${name}.id`) };
  return { id: reference(value, name) };
}

export function optionalRecord(value: JsonObject, name: string): JsonObject | null {
  const found = value[name] ?? null;
  if (found === null || isRecord(found)) return found;
  throw new Fault("INVALID", `${name} must be an object or null.`);
}
