// POST, PUT and DELETE of access tools: the lasting PINs, fobs and cards of tenants. Their codes are sealed like other PINs.

import { addPass, removePass, touchPass } from "../../../building/edit-passes.ts";
import type { CredentialDocument } from "../../../building/document.ts";
import type { Credential, Tenant } from "../../../building/building.ts";
import type { Problem } from "../../../errors.ts";
import { invalid, notFound } from "../error-responses.ts";
import { jsonBodies, newPinBody, newTagBody, pinBody } from "../openapi/requests.ts";
import { one } from "../openapi/schema.ts";
import type { RestAnswer, RestCall, RestRoute } from "../rest-route.ts";
import { type ChangeDeps, changeModel, editableBy, iso, putPin, sightAfter, tenantOf } from "./change-records.ts";
import { fieldsOf, text } from "./pass-fields.ts";
import { newPin, pinDigits, pinOf } from "./pin.ts";
import { showAccessTool } from "./show.ts";
import { accessToolsIn, type Sight } from "./sight.ts";

/** Those of four are older ones, asked for together with a unit's label. */
const pinLengths = [4, pinDigits];
/** As printed on fobs, cards and stickers. */
const tagForm = /^[0-9A-Fa-f]{4,64}$/;

export function accessToolRoutes(deps: ChangeDeps): readonly RestRoute[] {
  const answers = { 201: one("AccessTool") };
  return [
    {
      method: "POST",
      path: "/v4/access_tools/pins",
      document: {
        summary: "Gives a tenant a PIN, of your choice or by chance.",
        body: jsonBodies(newPinBody),
        answers,
      },
      handle: (call) => createPin(deps, call),
    },
    {
      method: "PUT",
      path: "/v4/access_tools/pins/:id",
      document: {
        summary: "Changes the PIN of a tenant.",
        body: jsonBodies(pinBody),
        answers: { 200: one("AccessTool") },
      },
      handle: (call) => changePin(deps, call),
    },
    {
      method: "POST",
      path: "/v4/access_tools/rfid_tags",
      document: { summary: "Gives a tenant a fob, card or sticker.", body: jsonBodies(newTagBody), answers },
      handle: (call) => createTag(deps, call),
    },
    {
      method: "DELETE",
      path: "/v4/access_tools/:id",
      document: { summary: "Takes a PIN, fob, card or sticker away.", answers: { 204: null } },
      handle: (call) => deleteTool(deps, call),
    },
  ];
}

async function createPin(deps: ChangeDeps, call: RestCall): Promise<RestAnswer> {
  const sight = await editableBy(deps, call);
  const faults: Problem[] = [];
  const body = fieldsOf(call.body, "pin");
  const tenant = tenantOf(sight, body, faults);
  const code = pinOf(body, "code", pinLengths, faults);
  if (faults.length > 0 || tenant === null) throw invalid(faults);
  return create(deps, call, sight, { tenant, type: "pin", code: code ?? newPin(deps.random) });
}

async function createTag(deps: ChangeDeps, call: RestCall): Promise<RestAnswer> {
  const sight = await editableBy(deps, call);
  const faults: Problem[] = [];
  const body = fieldsOf(call.body, "rfid_tag");
  const tenant = tenantOf(sight, body, faults);
  const code = text(body, "identifier", faults);
  if (code === undefined) faults.push({ path: "item.identifier", code: "blank", message: "can't be blank" });
  else if (!tagForm.test(code)) {
    faults.push({ path: "item.identifier", code: "invalid", message: "must be 4 to 64 characters of 0-9 and a-f" });
  }
  if (faults.length > 0 || tenant === null || code === undefined) throw invalid(faults);
  return create(deps, call, sight, { tenant, type: "rfid_tag", code });
}

async function create(
  deps: ChangeDeps,
  call: RestCall,
  sight: Sight,
  { tenant, type, code }: { readonly tenant: Tenant; readonly type: string; readonly code: string },
): Promise<RestAnswer> {
  const number = await deps.registry.allocate(1);
  const id = String(number);
  const created_at = iso(deps.clock.now());
  const record: CredentialDocument = { id, butterflymx_id: number, type, tenant_id: tenant.id, created_at };
  await putPin(deps, sight, "access_tool", id, code);
  await changeModel(deps, call, sight, "access_tool.create", id, (stored) =>
    addPass(stored, tenant.building.id, "access_tool", record),
  );
  return { status: 201, body: { data: await shown(deps, call, sight, id) } };
}

async function changePin(deps: ChangeDeps, call: RestCall): Promise<RestAnswer> {
  const sight = await editableBy(deps, call);
  const tool = toolOf(sight, call);
  if (tool.record.type !== "pin") throw notFound();
  const faults: Problem[] = [];
  const code = pinOf(fieldsOf(call.body, "pin"), "code", pinLengths, faults);
  if (code === undefined && faults.length === 0) {
    faults.push({ path: "code", code: "blank", message: "can't be blank" });
  }
  if (faults.length > 0 || code === undefined) throw invalid(faults);
  await putPin(deps, sight, "access_tool", tool.id, code);
  await changeModel(deps, call, sight, "access_tool.update", tool.id, (stored) =>
    touchPass(stored, "access_tool", tool.id, iso(deps.clock.now())),
  );
  return { status: 200, body: { data: await shown(deps, call, sight, tool.id) } };
}

async function deleteTool(deps: ChangeDeps, call: RestCall): Promise<RestAnswer> {
  const sight = await editableBy(deps, call);
  const { id } = toolOf(sight, call);
  await changeModel(deps, call, sight, "access_tool.delete", id, (stored) => removePass(stored, "access_tool", id));
  await deps.registry.dropPins(sight.model.organization.id, "access_tool", [id]);
  return { status: 204 };
}

function toolOf(sight: Sight, { params }: RestCall): Credential {
  const found = accessToolsIn(sight).find(({ number }) => String(number) === params["id"]);
  if (found === undefined) throw notFound();
  return found;
}

/** As it is now, with its code, which whoever gave it knows. */
async function shown(deps: ChangeDeps, call: RestCall, sight: Sight, id: string) {
  const after = await sightAfter(deps, call, sight);
  const tool = after.model.accessTools.get(id);
  if (tool === undefined) throw notFound();
  const codes = await deps.keyReader.codes(after, call, [tool]);
  return showAccessTool(tool, codes.get(id) ?? null);
}
