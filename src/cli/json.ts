// Reading JSON of which nothing is known yet.

/** The object, or an empty one for whatever else it is. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Text and numbers as they are, nothing as empty, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}
