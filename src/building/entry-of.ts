// The entry that is kept of what a door or a panel said. Pure.

import type { Entry } from "../model/entry.ts";
import type { AccessLog, Fact } from "../model/fact.ts";
import type { BuildingModel } from "./building.ts";
import { type DoorFact, grantsOf } from "./entitled.ts";
import type { Reference } from "./reference.ts";

export const isDoorFact = (fact: Fact): fact is DoorFact =>
  fact.kind === "access" || fact.kind === "call" || fact.kind === "call_status";

/** `now`: when it was accepted, epoch ms. */
export function entryOf(fact: DoorFact, model: BuildingModel, now: number): Entry {
  const { building, at, sourceId = null, data } = fact;
  const common = {
    organization: model.organization.id,
    number: Number(data.id),
    building,
    at,
    acceptedAt: now,
    sourceId,
    data: JSON.stringify(data),
    grants: grantsOf(fact, model, now),
  };
  if (fact.kind === "access") {
    const { release_status: status, access_point, unit, tenant_id, name } = fact.data;
    const type = releaseMethod(fact.data);
    const words = wordsOf(model, unit, tenant_id, name);
    return { ...common, kind: "access", guid: null, status, type, origin: String(access_point), words };
  }
  const { guid, status, notification_type: type, device, unit, recipient } = fact.data;
  return {
    ...common,
    kind: "call",
    // A later word on its status is no other moment of the call.
    at: Date.parse(fact.data.logged_at),
    guid,
    status: status ?? "",
    type,
    origin: device === null ? null : String(device.id),
    words: wordsOf(model, unit?.id ?? null, recipient.id, null),
  };
}

/** Display values and the words of filters [butterflymx.md §5.4]. */
const methods: Readonly<Record<string, string>> = {
  "Swipe to open": "swipe_to_open",
  "Visitor Pass (using QR code)": "qr_code",
  "Visitor Pass (using PIN)": "pin",
  "Remote Doorman": "remote_doorman",
  "App call": "app_call",
  API: "api",
};

function releaseMethod({ entry_method: method }: AccessLog): string | null {
  if (method === null) return null;
  if (typeof method === "string") return methods[method] ?? method.toLowerCase().replaceAll(" ", "_");
  return "keychain" in method ? "delivery_pass" : "access_tool";
}

function wordsOf(model: BuildingModel, unit: Reference | null, tenant: Reference | null, name: string | null): string {
  const label = unit === null ? undefined : model.units.get(unit)?.label;
  const fullName = tenant === null ? undefined : (model.tenants.get(tenant)?.fullName ?? undefined);
  return [label, name ?? undefined, fullName]
    .filter((each) => each !== undefined)
    .map((each) => `\n${each.toLowerCase()}`)
    .join("");
}
