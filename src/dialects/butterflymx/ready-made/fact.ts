// A ready-made event as a fact, with just what decides its subject and scopes; nothing is written from it.

import type { DoorFact } from "../../../building/entitled.ts";
import type { Addressee } from "../../dialect.ts";
import type { AccessFields, CallFields } from "./fields.ts";

export function toFact(
  type: string,
  fields: AccessFields | CallFields,
  building: string,
  at: number,
  addressee: Addressee,
): DoorFact {
  const unit = addressee.unit ?? fields.unit;
  const common = { building, at, revision: 0, sourceId: null };
  const unread = { id: "", logged_at: "", image_url: null };
  if (fields.kind === "access") {
    const data = {
      ...unread,
      access_point: fields.accessPoint ?? "",
      release_status: fields.status,
      name: fields.name,
      release_type: null,
      unit,
      tenant_id: addressee.tenant ?? fields.tenant,
      entry_method: fields.entryMethod,
    };
    return { kind: "access", ...common, data };
  }
  const data = {
    ...unread,
    guid: "",
    building_id: building,
    notification_type: "",
    recipient: addressee.tenant === null ? fields.recipient : { id: addressee.tenant, type: "Tenant" },
    unit: unit === null ? null : { id: unit },
    device: fields.device === null ? null : { id: fields.device, name: "" },
    status: null,
    provider: null,
  };
  return type === "call.create"
    ? { kind: "call", ...common, data }
    : { kind: "call_status", ...common, data, told: true };
}
