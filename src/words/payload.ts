// What a payload of either dialect, or an alert of Belfry's own, says, in a few words, for people who watch deliveries arrive. Whatever cannot be read says
// nothing. The texts are the sender's: make them printable before printing.

type Json = Readonly<Record<string, unknown>>;

export interface PayloadWords {
  /** `ROOM_OCCUPANCY`, `access_log.create`, or `?`. */
  readonly type: string;
  /** The name of the place, door or person that it is about; else empty. */
  readonly subject: string;
  /** `4 people`, `1 in`, `Unlocked, Swipe to open`, the sentence of an alert; empty: nothing short can be said. */
  readonly value: string;
}

export function describe(body: string): PayloadWords {
  let payload: Json;
  try {
    payload = asRecord(JSON.parse(body));
  } catch {
    return { type: "?", subject: "", value: "" };
  }
  if (typeof payload["kind"] === "string" && typeof payload["text"] === "string") return ofAlert(payload);
  const event = asRecord(payload["event"]);
  return typeof event["resource_type"] === "string" ? ofDoor(event) : ofOccupancy(payload);
}

/** [docs/alerts.md, Forms] Of several it names none: the sentence says how many. */
function ofAlert({ kind, text: sentence, about, count }: Json): PayloadWords {
  const { type, name, id } = asRecord(Array.isArray(about) && count === 1 ? about[0] : null);
  return { type: text(kind), subject: type === "installation" ? "" : text(name ?? id), value: text(sentence) };
}

/** [butterflymx.md §4] */
function ofDoor(event: Json): PayloadWords {
  const data = asRecord(event["data"]);
  const type = `${text(event["resource_type"])}.${text(event["action"])}`;
  const isEntry = event["resource_type"] === "access_log";
  const said = isEntry ? [data["release_status"], methodOf(data)] : [data["notification_type"], data["status"]];
  const subject = data["name"] ?? asRecord(data["device"])["name"] ?? data["access_point"];
  return { type, subject: text(subject), value: said.map(text).filter(Boolean).join(", ") };
}

/** Visitors' passes are named by their keychain. */
const methodOf = ({ entry_method: method }: Json): unknown =>
  asRecord(method)["keychain"] === undefined ? method : "visitor pass";

/** [butlr.md §4] */
function ofOccupancy({ type, data, metadata }: Json): PayloadWords {
  const place = asRecord(metadata);
  const subject = place["zone_name"] ?? place["room_name"] ?? place["floor_name"] ?? place["mac_address"];
  const name = typeof type === "string" ? type : "?";
  return { type: name, subject: text(subject), value: valueOf(name, data) };
}

function valueOf(type: string, data: unknown): string {
  if (typeof data === "number") return people(data);
  if (type === "PIR_MOTION") return "motion";
  if (type === "PIR_NO_MOTION") return "no motion";
  const fields = asRecord(data);
  if (type === "TRAFFIC") {
    const ways = ["in", "out"].filter((way) => Number(fields[way]) > 0);
    return ways.map((way) => `${Number(fields[way])} ${way}`).join(", ") || "nobody";
  }
  if (type === "DETECTIONS") return `${people(Array.isArray(fields["world"]) ? fields["world"].length : 0)} seen`;
  return typeof fields["online"] === "boolean" ? (fields["online"] ? "online" : "silent") : "";
}

const asRecord = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

const people = (count: number): string => `${count} ${count === 1 ? "person" : "people"}`;

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
