// Kinds of alerts in words.

import type { AlertKind } from "../../../src/model/alert.ts";
import type { Shape } from "../words/shape.ts";

const words: Readonly<Record<AlertKind | "test", string>> = {
  "subscription.failing": "A subscription fails",
  "subscription.recovered": "… works again",
  "subscription.failing_long": "… will be disabled soon",
  "subscription.disabled": "A subscription is disabled",
  "delivery.exhausted": "Deliveries failed for good",
  "delivery.expiring": "Held deliveries expire soon",
  "certificate.expiring": "A certificate ends soon",
  "certificate.renewed": "… was renewed",
  "sensor.offline": "A sensor is offline",
  "sensor.stuck": "A sensor is stuck",
  "sensor.back": "… is back",
  "hive.offline": "A hive is offline",
  "hive.back": "… is back",
  "disk.low": "The disk is nearly full",
  "disk.free": "… has room again",
  "backlog.growing": "The backlog grows",
  "backlog.shrinking": "… shrinks again",
  test: "A test",
};

/** The kind itself, where a later release has more. */
export const kindWords = (kind: string): string => words[kind as AlertKind] ?? kind;

/** `ends`: it tells that something is over. */
export function alertMark(kind: string, ends: boolean): Shape {
  if (kind === "test") return "idle";
  if (ends) return "delivering";
  if (kind === "subscription.disabled") return "disabled";
  return kind.startsWith("sensor") || kind.startsWith("hive") ? "silent" : "failed";
}

export const forms = { json: "JSON", slack: "Slack", teams: "Teams" } as const;
