// Kinds of alerts, who may hear of which, and each in words. docs/alerts.md has the same kinds.

import type { Shape } from "../words/shape.ts";

const words: Readonly<Record<string, string>> = {
  "subscription.failing": "A subscription fails",
  "subscription.recovered": "A subscription works again",
  "subscription.failing_long": "A subscription will be disabled soon",
  "subscription.disabled": "A subscription is disabled",
  "delivery.exhausted": "Deliveries failed for good",
  "delivery.expiring": "Held deliveries expire soon",
  "certificate.expiring": "A certificate ends soon",
  "certificate.renewed": "A certificate was renewed",
  "sensor.offline": "A sensor is offline",
  "sensor.stuck": "A sensor is stuck",
  "sensor.back": "A sensor is back",
  "hive.offline": "A hive is offline",
  "hive.back": "A hive is back",
  "disk.low": "The disk is nearly full",
  "disk.free": "The disk has room again",
  "backlog.growing": "The backlog grows",
  "backlog.shrinking": "The backlog shrinks again",
  test: "A test",
};

/** An operator hears of everything, an organization of what it has, a building and a tenant of their subscriptions. */
export function kindsFor(role: "operator" | "organization" | "building" | "tenant"): readonly string[] {
  const all = Object.keys(words).filter((kind) => kind !== "test");
  if (role === "operator") return all;
  const others = role === "organization" ? /^(disk|backlog)\./ : /^(disk|backlog|sensor|hive)\./;
  return all.filter((kind) => !others.test(kind));
}

/** The kind itself, where a later release has more. */
export const kindWords = (kind: string): string => words[kind] ?? kind;

/** `ends`: it tells that something is over. */
export function alertMark(kind: string, ends: boolean): Shape {
  if (kind === "test") return "idle";
  if (ends) return "delivering";
  if (kind === "subscription.disabled") return "disabled";
  return kind.startsWith("sensor") || kind.startsWith("hive") ? "silent" : "failed";
}

export const forms = { json: "JSON", slack: "Slack", teams: "Teams" } as const;
