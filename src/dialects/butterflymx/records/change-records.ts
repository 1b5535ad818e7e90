// How the vendor's API changes records of the model: who may, for which tenant, through the one way in which models change, and
// PINs beside it, sealed.

import type { Tenant } from "../../../building/building.ts";
import type { ModelDocument } from "../../../building/document.ts";
import type { Clock, Random } from "../../../clock.ts";
import type { Problem } from "../../../errors.ts";
import type { Registry } from "../../../store/registry.ts";
import type { PlaceEditor } from "../../place-port.ts";
import { notFound } from "../error-responses.ts";
import type { RestCall } from "../rest-route.ts";
import type { KeyReader } from "./key-secrets.ts";
import { type SightDeps, sightFor } from "./organization.ts";
import { type Body, reference } from "./pass-fields.ts";
import { type Sight, tenantsIn } from "./sight.ts";

export interface ChangeDeps extends SightDeps {
  readonly registry: Registry;
  readonly models: PlaceEditor;
  readonly keyReader: KeyReader;
  readonly clock: Clock;
  readonly random: Random;
}

/** What the key sees, where it may change anything at all. */
export async function editableBy(deps: ChangeDeps, call: RestCall): Promise<Sight> {
  const sight = call.who.role === "viewer" || call.who.role === "ingest" ? null : await sightFor(deps, call);
  if (sight === null) throw notFound();
  return sight;
}

export const changeModel = (
  { models }: ChangeDeps,
  { who }: RestCall,
  { model }: Sight,
  action: string,
  object: string,
  edit: (stored: ModelDocument) => ModelDocument,
) => models.change({ organization: model.organization.id, who, action, object }, edit);

/** The model after a change. */
export async function sightAfter(deps: ChangeDeps, call: RestCall, { model }: Sight): Promise<Sight> {
  return (await sightFor(deps, { ...call, who: { ...call.who, organization: model.organization.id } }))!;
}

/** Before the model names the record: a record without its PIN opens nothing. */
export const putPin = (
  { registry }: ChangeDeps,
  { model }: Sight,
  kind: "virtual_key" | "access_tool",
  id: string,
  pin: string,
): Promise<void> => registry.putPin(model.organization.id, kind, id, pin);

/** A tenant's key needs not name its only tenant. */
export function tenantOf(sight: Sight, body: Body, faults: Problem[]): Tenant | null {
  const tenants = tenantsIn(sight);
  const only = sight.selves?.length === 1 ? sight.selves[0]! : null;
  if ((body["tenant_id"] ?? null) === null && only !== null) return only;
  const given = reference(body, "tenant_id", faults);
  const found = tenants.find(({ id, number }) => id === given || String(number) === given) ?? null;
  if (given !== null && found === null) faults.push(mustExist("tenant_id"));
  return found;
}

export const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
export const mustExist = (path: string): Problem => ({ path, code: "blank", message: "must exist" });
