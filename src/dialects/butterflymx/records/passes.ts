// POST and DELETE of keychains and virtual keys: records of the model that these calls may change, audited and all or nothing. A
// tenant changes what is theirs, a building's key what is in the building.

import type { Building, BuildingModel } from "../../../building/building.ts";
import type { CredentialDocument, VirtualKeyDocument } from "../../../building/document.ts";
import { addPass, editKeys, removePass } from "../../../building/edit-passes.ts";
import type { Problem } from "../../../errors.ts";
import { invalid, notFound } from "../error-responses.ts";
import { jsonBodies, passBodies, virtualKeyBody } from "../openapi/requests.ts";
import { one } from "../openapi/schema.ts";
import type { RestCall, RestRoute } from "../rest-route.ts";
import {
  type ChangeDeps,
  changeModel,
  editableBy,
  iso,
  mustExist,
  putPin,
  sightAfter,
  tenantOf,
} from "./change-records.ts";
import { type Body, fieldsOf, moment, reference, text } from "./pass-fields.ts";
import { newPin, pinDigits, pinOf } from "./pin.ts";
import { recurrenceOf } from "./recurrence.ts";
import { showKeychain, showVirtualKey } from "./show.ts";
import { keychainsIn, virtualKeysIn } from "./sight.ts";

/** A delivery pass is for thirty days [clients.md §2.2]. */
const deliveryMs = 30 * 24 * 3_600_000;

const kinds = {
  custom: "custom_keychain",
  delivery_pass: "delivery_pass",
  one_time: "one_time_keychain",
  recurring: "recurring_keychain",
} as const;

export function passRoutes(deps: ChangeDeps): readonly RestRoute[] {
  const creating = Object.entries(kinds).map(
    ([path, type]): RestRoute => ({
      method: "POST",
      path: `/v4/keychains/${path}`,
      document: {
        summary: `Makes a pass for visitors: ${type}.`,
        body: jsonBodies(passBodies[path]!),
        answers: { 201: one("Keychain") },
      },
      handle: (call) => createKeychain(deps, call, type),
    }),
  );
  return [
    ...creating,
    {
      method: "POST",
      path: "/v4/virtual_keys",
      document: {
        summary: "Makes a key of a keychain, with a PIN and a QR code.",
        body: jsonBodies(virtualKeyBody),
        answers: { 201: one("VirtualKey") },
      },
      handle: (call) => createKey(deps, call),
    },
    {
      method: "DELETE",
      path: "/v4/keychains/:id",
      document: { summary: "Deletes a keychain and its keys.", answers: { 204: null } },
      handle: (call) => deleteKeychain(deps, call),
    },
    {
      method: "DELETE",
      path: "/v4/virtual_keys/:id",
      document: { summary: "Deletes a key of a keychain.", answers: { 204: null } },
      handle: (call) => deleteKey(deps, call),
    },
  ];
}

async function createKeychain(deps: ChangeDeps, call: RestCall, type: string) {
  const sight = await editableBy(deps, call);
  const faults: Problem[] = [];
  const body = fieldsOf(call.body, "keychain");
  const tenant = tenantOf(sight, body, faults);
  const delivery = type === kinds.delivery_pass;
  const now = deps.clock.now();
  const record = {
    name: text(body, "name", faults) ?? (delivery ? "Delivery pass" : undefined),
    starts_at: delivery ? iso(now) : moment(body, "starts_at", faults),
    ends_at: delivery ? iso(now + deliveryMs) : moment(body, "ends_at", faults),
    access_point_ids: idsIn(sight.model.accessPoints, tenant?.building, body, "access_point_ids", faults),
    device_ids: idsIn(sight.model.devices, tenant?.building, body, "device_ids", faults),
  };
  const recurrence = type === kinds.recurring ? recurrenceOf(body, faults) : {};
  if (record.name === undefined) faults.push(blank("name"));
  if (record.starts_at !== undefined && record.ends_at !== undefined && record.ends_at <= record.starts_at) {
    const message = "must be after the start time";
    faults.push({ path: "ends_at", code: "end_time_must_be_after_the_start_time", message });
  }
  const names = recipientsOf(body, delivery, faults);
  if (faults.length > 0 || tenant === null) throw invalid(faults);
  const number = await deps.registry.allocate(1 + names.length, sight.model.organization.id);
  const keys = names.map(
    (each, index): VirtualKeyDocument => ({
      ...each,
      id: String(number + 1 + index),
      created_at: iso(now),
    }),
  );
  const keychain: CredentialDocument = {
    id: String(number),
    butterflymx_id: number,
    type,
    tenant_id: tenant.id,
    ...defined(record),
    ...recurrence,
    virtual_keys: keys,
    created_at: iso(now),
  };
  for (const each of keys) await putPin(deps, sight, "virtual_key", each.id, newPin(deps.random));
  await changeModel(deps, call, sight, "keychain.create", keychain.id, (stored) =>
    addPass(stored, tenant.building.id, "keychain", keychain),
  );
  const after = await sightAfter(deps, call, sight);
  const made = after.model.keychains.get(keychain.id);
  if (made === undefined) throw notFound();
  return { status: 201, body: { data: showKeychain(made, after.model) } };
}

async function createKey(deps: ChangeDeps, call: RestCall) {
  const sight = await editableBy(deps, call);
  const faults: Problem[] = [];
  const body = fieldsOf(call.body, "virtual_key");
  const given = reference(body, "keychain_id", faults);
  const keychain = keychainsIn(sight).find(({ id, number }) => id === given || String(number) === given);
  if (given !== null && keychain === undefined) faults.push(mustExist("keychain_id"));
  const fields = {
    name: text(body, "name", faults),
    email: text(body, "email", faults),
    sms_number: text(body, "sms_number", faults),
  };
  const pin = pinOf(body, "pin_code", [pinDigits], faults);
  if (faults.length > 0 || keychain === undefined) throw invalid(faults);
  const id = String(await deps.registry.allocate(1));
  const key: VirtualKeyDocument = { id, ...defined(fields), created_at: iso(deps.clock.now()) };
  await putPin(deps, sight, "virtual_key", id, pin ?? newPin(deps.random));
  await changeModel(deps, call, sight, "virtual_key.create", id, (stored) =>
    editKeys(stored, keychain.id, (keys) => [...keys, key]),
  );
  const after = await sightAfter(deps, call, sight);
  const made = virtualKeysIn(after).find((each) => each.id === id);
  if (made === undefined) throw notFound();
  const secrets = await deps.keyReader.secrets(after, call, [made]);
  return { status: 201, body: { data: showVirtualKey(made, secrets(made)) } };
}

async function deleteKeychain(deps: ChangeDeps, call: RestCall) {
  const sight = await editableBy(deps, call);
  const keychain = keychainsIn(sight).find(({ number }) => String(number) === call.params["id"]);
  if (keychain === undefined) throw notFound();
  await changeModel(deps, call, sight, "keychain.delete", keychain.id, (stored) =>
    removePass(stored, "keychain", keychain.id),
  );
  const keys = (keychain.record.virtual_keys ?? []).map(({ id }) => id);
  await deps.registry.dropPins(sight.model.organization.id, "virtual_key", keys);
  return { status: 204 };
}

async function deleteKey(deps: ChangeDeps, call: RestCall) {
  const sight = await editableBy(deps, call);
  const key = virtualKeysIn(sight).find(({ id }) => id === call.params["id"]);
  if (key === undefined) throw notFound();
  await changeModel(deps, call, sight, "virtual_key.delete", key.id, (stored) =>
    editKeys(stored, key.keychain.id, (keys) => keys.filter(({ id }) => id !== key.id)),
  );
  await deps.registry.dropPins(sight.model.organization.id, "virtual_key", [key.id]);
  return { status: 204 };
}

/** Ids of doors of the building; undefined: all. */
function idsIn(
  records: BuildingModel["accessPoints"] | BuildingModel["devices"],
  building: Building | undefined,
  body: Body,
  field: string,
  faults: Problem[],
): readonly string[] | undefined {
  const given = body[field] ?? null;
  if (given === null) return undefined;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const found = list.map((each) => {
    const record = typeof each === "string" || typeof each === "number" ? records.get(each) : undefined;
    return record?.building === building ? record : undefined;
  });
  if (found.includes(undefined)) faults.push(mustExist(field));
  return found.flatMap((each) => (each === undefined ? [] : [each.id]));
}

const mostRecipients = 100;

/** A delivery pass has exactly one key; others start with none but those asked for. */
function recipientsOf(body: Body, delivery: boolean, faults: Problem[]): readonly Omit<VirtualKeyDocument, "id">[] {
  if (delivery) return [{}];
  const given = body["recipients"];
  if (!Array.isArray(given)) return [];
  if (given.length > mostRecipients) {
    faults.push({ path: "recipients", code: "invalid", message: `must be at most ${mostRecipients}` });
    return [];
  }
  return given.map((each: unknown) => {
    if (typeof each === "string") return each.includes("@") ? { email: each } : { name: each };
    const { name, email, sms_number } = Object(each) as Body;
    const texts = Object.entries({ name, email, sms_number }).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(texts);
  });
}

const defined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
const blank = (path: string): Problem => ({ path, code: "blank", message: "can't be blank" });
