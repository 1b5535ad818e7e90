// How the operator API changes an organization: read a snapshot, decide, write if nothing moved meanwhile, else decide
// again. The decision therefore always holds for what is stored.

import { BelfryError } from "../../errors.ts";
import type { Change, ChangeResult, OrganizationSnapshot, Registry } from "../../store/registry.ts";
import { absent } from "./sight.ts";

export interface Decision<Result> {
  /** Null: nothing has to change. */
  readonly change: Omit<Change, "organization" | "revision"> | null;
  readonly result: Result;
}

export type Taken = Extract<ChangeResult, { status: "taken" }>;

const tries = 8;

/** Throws what `decide` throws, NOT_FOUND for an unknown organization, CONFLICT when
 * others never stop changing it. */
export async function changeOrganization<Result>(
  deps: { readonly registry: Registry },
  organization: string,
  decide: (snapshot: OrganizationSnapshot) => Decision<Result> | Promise<Decision<Result>>,
): Promise<Result | Taken> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const snapshot = await deps.registry.snapshot(organization);
    if (snapshot === null) throw absent("organization");
    const { change, result } = await decide(snapshot);
    if (change === null) return result;
    const { revision } = snapshot.organization;
    const written = await deps.registry.change({ organization, revision, ...change });
    if (written.status === "stale") continue;
    if (written.status === "taken") return written;
    return result;
  }
  throw new BelfryError("CONFLICT", "The organization keeps changing under this request. Send it again.");
}
