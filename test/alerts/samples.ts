// One matter of each kind, as alerts tell of it.

import type { AlertItem } from "../../src/alerts/item.ts";
import { type AlertKind, subjectOf } from "../../src/model/alert.ts";

const at = Date.UTC(2026, 5, 17, 10, 36);

const names: Readonly<Record<string, Partial<AlertItem>>> = {
  subscription: { id: "webhook_1", name: "Lobby feed" },
  sensor: { id: "sensor_12", place: "Lounge, floor 2, North Tower" },
  hive: { id: "hive_3", place: "floor 2, North Tower" },
  installation: { id: "belfry", organization: null },
};

const facts: { readonly [Kind in AlertKind]?: AlertItem["facts"] } = {
  "subscription.failing": { code: "http_error", status: 503 },
  "subscription.failing_long": { percent: 75, disabled_at: "2026-06-18T16:36:00.000Z" },
  "subscription.disabled": { reason: "The receiver answered 410 Gone." },
  "delivery.exhausted": { deliveries: 3 },
  "delivery.expiring": { deliveries: 120, expires_at: "2026-06-18T10:00:00.000Z" },
  "certificate.expiring": { host: "hooks.example:443", ends_at: "2026-06-26T00:00:00.000Z" },
  "certificate.renewed": { host: "hooks.example:443", ends_at: "2026-09-24T00:00:00.000Z" },
  "sensor.offline": { last_heard: "2026-06-17T10:20:00.000Z" },
  "sensor.stuck": { stuck_since: "2026-06-17T08:36:00.000Z" },
  "hive.offline": { last_heard: "2026-06-17T10:20:00.000Z" },
  "disk.low": { free: "900 MiB", size: "20.0 GiB" },
  "disk.free": { free: "8.0 GiB", size: "20.0 GiB" },
  "backlog.growing": { waiting: 12_000, before: 4_000 },
  "backlog.shrinking": { waiting: 5_000, before: 9_000 },
};

export function sampleItem(kind: AlertKind, parts: Partial<AlertItem> = {}): AlertItem {
  const type = subjectOf(kind);
  return {
    key: `${kind} 1`,
    kind,
    isRepeat: false,
    type,
    id: "",
    name: null,
    place: null,
    organization: { id: "org_1", name: "Birch & Vale" },
    building: null,
    tenant: null,
    since: at,
    facts: facts[kind] ?? {},
    ...names[type],
    ...parts,
  };
}
