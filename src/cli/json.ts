// Reading JSON of which nothing is known yet.

/** An object of an answer. */
export type Json = Readonly<Record<string, unknown>>;

/** The object, or an empty one for whatever else it is. */
export function asRecord(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** Text and numbers as they are, nothing as empty, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}
