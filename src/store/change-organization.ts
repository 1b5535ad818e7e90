// Changes an organization: read a snapshot, decide in pure code, write if the revision is still the same, else start over.
// A decision therefore always fits the organization as it is stored. Within a process the changes of one organization run
// one after another, so that many clients at once do not overtake each other for ever.

import { BelfryError } from "../errors.ts";
import type { Change, OrganizationSnapshot, Registry } from "./registry.ts";

/** A decision without an audit entry writes nothing: every change leaves one. */
export interface Decision<Result> extends Omit<Change, "organization" | "revision"> {
  readonly result: Result;
}

/** `stale`: something that the snapshot names was replaced meanwhile. */
export type DecideChange<Result> = (
  snapshot: OrganizationSnapshot,
) => Decision<Result> | Promise<Decision<Result> | "stale">;

/** Other processes may write in between. Each time one of them has come on, so with some of them this many in a row is a fault. */
const tries = 64;

const queues = new WeakMap<Registry, Map<string, Promise<unknown>>>();

/** Throws the errors of `decide`, NOT_FOUND for an unknown organization, and CONFLICT when other processes keep changing it. */
export function changeOrganization<Result>(
  registry: Registry,
  organization: string,
  decide: DecideChange<Result>,
): Promise<Result> {
  let queue = queues.get(registry);
  if (queue === undefined) queues.set(registry, (queue = new Map()));
  const turn = (queue.get(organization) ?? Promise.resolve()).then(() => attempt(registry, organization, decide));
  // A failure reaches its own caller only: the next change waits for the end of this one, good or bad.
  const end = turn.then(
    () => {},
    () => {},
  );
  queue.set(organization, end);
  void end.then(() => {
    if (queue.get(organization) === end) queue.delete(organization);
  });
  return turn;
}

async function attempt<Result>(
  registry: Registry,
  organization: string,
  decide: DecideChange<Result>,
): Promise<Result> {
  for (let count = 0; count < tries; count++) {
    const snapshot = await registry.snapshot(organization);
    if (snapshot === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
    const decision = await decide(snapshot);
    if (decision === "stale") continue;
    const { result, ...change } = decision;
    if (change.audit.length === 0) return result;
    const written = await registry.change({ organization, revision: snapshot.organization.revision, ...change });
    if (written.status === "done") return result;
  }
  throw new BelfryError("CONFLICT", "The organization keeps changing under this request. Send it again.");
}
