// Whose alerts a new one is about, and what they may hear of, by the key that asks.

import { notFound, onlyHome } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { type AlertKind, isAlertTarget, kindsFor } from "../../model/alert.ts";
import { installation } from "../../model/organization.ts";
import type { Principal, Role } from "../../model/principal.ts";
import type { Subscription, SubscriptionScope } from "../../model/subscription.ts";
import type { OperatorDeps } from "./deps.ts";
import { ownsIn, type Scoped } from "./owned.ts";

/** Of one owner: each alert goes to all of them. */
const mostTargets = 20;

/** Whose alerts a new one is about. Throws NOT_FOUND for a place that the key may not manage, as for one that is not there. */
export async function homeFor(
  place: OperatorDeps["place"],
  who: Principal,
  { building, tenant }: { readonly building?: string | undefined; readonly tenant?: string | undefined },
): Promise<Scoped> {
  if (building !== undefined && tenant !== undefined) throw fault("tenant", "Name a building or a tenant, not both.");
  const own = who.role === "building" || who.role === "tenant" ? who.role : null;
  const kind = building !== undefined ? "building" : tenant !== undefined ? "tenant" : own;
  if (kind === null) {
    return { organization: who.organization ?? installation, scope: { kind: "organization" } };
  }
  const [only, ...others] = kind === own ? who.targets : [];
  const id = building ?? tenant ?? only;
  if (id === undefined || (others.length > 0 && building === undefined && tenant === undefined)) {
    throw fault(kind, `This key is for several ${kind}s: name one of them in \`${kind}\`.`);
  }
  const anywhere = async () => (await place.locate(kind, id, null)).map(({ organization }) => organization);
  const organization = who.organization ?? onlyHome(await anywhere(), `${kind} ${id}`);
  if (organization === null) throw notFound(kind);
  const model = await place.model(organization);
  const found = (kind === "building" ? model?.buildings : model?.tenants)?.get(id);
  if (found === undefined) throw notFound(kind);
  const scope = { kind, id: found.id } as const;
  if (!(await ownsIn(model, who, { organization, scope }))) throw notFound(kind);
  return { organization, scope };
}

export const roleOf = (organization: string, { kind }: SubscriptionScope): Role =>
  organization === installation ? "operator" : kind;

export function mustHear(role: Role, asked: readonly AlertKind[] | null | undefined): void {
  const may = kindsFor(role);
  const others = (asked ?? []).filter((kind) => !may.includes(kind));
  if (others.length === 0) return;
  const whose = role === "organization" ? "An organization" : `A ${role}`;
  throw fault("kinds", `${whose} cannot hear of ${others.join(", ")}: leave that out. It can of ${may.join(", ")}.`);
}

export function mustHaveRoom(subscriptions: readonly Subscription[], scope: SubscriptionScope): void {
  const same = JSON.stringify(scope);
  const there = subscriptions.filter((each) => isAlertTarget(each) && JSON.stringify(each.scope) === same);
  if (there.length < mostTargets) return;
  throw new BelfryError(
    "CONFLICT",
    `Alerts go to ${mostTargets} URLs already, which is the limit. Delete one that nobody reads.`,
  );
}

const fault = (path: string, message: string): BelfryError =>
  new BelfryError("INVALID", message, { problems: [{ path, code: "INVALID", message }] });
