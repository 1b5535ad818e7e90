// What an event says, in a few words, from its payload. Whatever cannot be read says nothing.

import { plural } from "../../../src/words/plural.ts";

type Json = Readonly<Record<string, unknown>>;

/** `4 people`, `1 in`, `Ada Moss, PIN`; empty: nothing short can be said. */
export function saysShort(type: string, body: string): string {
  try {
    const payload = JSON.parse(body) as Json;
    return type.includes(".") ? door(type, payload) : counted(type, payload["data"]);
  } catch {
    return "";
  }
}

function counted(type: string, data: unknown): string {
  if (typeof data === "number") return plural(data, "person", "people");
  if (type === "PIR_MOTION") return "motion";
  if (type === "PIR_NO_MOTION") return "no motion";
  const fields = record(data);
  if (type === "TRAFFIC") {
    const parts = (["in", "out"] as const).flatMap((way) =>
      Number(fields[way]) > 0 ? [`${Number(fields[way])} ${way}`] : [],
    );
    return parts.join(", ") || "nobody";
  }
  if (type === "DETECTIONS") return `${Array.isArray(fields["world"]) ? fields["world"].length : 0} seen`;
  return typeof fields["online"] === "boolean" ? (fields["online"] ? "online" : "silent") : "";
}

function door(type: string, payload: Json): string {
  const data = record(record(payload["event"])["data"]);
  if (type.startsWith("access_log")) {
    return [data["name"], method(data["entry_method"]), data["release_status"]]
      .filter((each) => text(each))
      .join(" · ");
  }
  return [record(data["device"])["name"], data["notification_type"], data["status"]]
    .filter((each) => text(each))
    .join(" · ");
}

const text = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Visitors' passes are named by their keychain. */
export const method = (value: unknown): string =>
  typeof value === "string" ? value : record(value)["keychain"] === undefined ? "" : "Visitor pass";

export const record = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
