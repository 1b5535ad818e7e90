// How a front door changes subscriptions: read a snapshot, decide in pure code, write if nothing moved meanwhile, else
// decide again. The decision therefore always holds for what is stored.

import { BelfryError } from "../errors.ts";
import type { AuditEntry, OrganizationSnapshot, Registry } from "../store/registry.ts";
import type { Subscription } from "../model/subscription.ts";

export interface Decision<Result> {
  readonly put: readonly Subscription[];
  /** Numbers of subscriptions to remove. */
  readonly remove: readonly number[];
  readonly audit: readonly AuditEntry[];
  readonly result: Result;
}

const tries = 8;

/** Throws what `decide` throws, NOT_FOUND for an unknown organization, CONFLICT when others never stop changing it. */
export async function changeSubscriptions<Result>(
  registry: Registry,
  organization: string,
  decide: (snapshot: OrganizationSnapshot) => Decision<Result> | Promise<Decision<Result>>,
): Promise<Result> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const snapshot = await registry.snapshot(organization);
    if (snapshot === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
    const { result, ...change } = await decide(snapshot);
    const written = await registry.change({ organization, revision: snapshot.organization.revision, ...change });
    if (written.status === "done") return result;
  }
  throw new BelfryError("CONFLICT", "The subscriptions keep changing under this request. Send it again.");
}
