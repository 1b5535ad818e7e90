// How anything changes an organization: read a snapshot, decide in pure code, write if nothing moved meanwhile, else
// decide again. The decision therefore always holds for what is stored. Within a process the changes of one organization
// take turns, so that many clients at once do not overtake each other for ever.

import { BelfryError } from "../errors.ts";
import type { PlaceId } from "../model/place-id.ts";
import type { Change, OrganizationSnapshot, Registry } from "./registry.ts";

/** Every change leaves an audit entry: a decision without one writes nothing. */
export interface Decision<Result> extends Omit<Change, "organization" | "revision"> {
  readonly result: Result;
}

export type DecideChange<Result> = (snapshot: OrganizationSnapshot) => Decision<Result> | Promise<Decision<Result>>;

/** Other processes may come between; so often is odd. */
const tries = 8;

const queues = new WeakMap<Registry, Map<string, Promise<unknown>>>();

/** Throws what `decide` throws, NOT_FOUND for an unknown organization, CONFLICT when other processes never stop changing
 * it, and `taken(places)` when ids of a new model belong to another organization. */
export function changeOrganization<Result>(
  registry: Registry,
  organization: string,
  decide: DecideChange<Result>,
  taken: (places: readonly PlaceId[]) => Error = idsTaken,
): Promise<Result> {
  let queue = queues.get(registry);
  if (queue === undefined) queues.set(registry, (queue = new Map()));
  const turn = (queue.get(organization) ?? Promise.resolve()).then(() =>
    attempt(registry, organization, decide, taken),
  );
  // A failure is its caller's alone: the next one in the queue waits for the end, however it came.
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
  taken: (places: readonly PlaceId[]) => Error,
): Promise<Result> {
  for (let count = 0; count < tries; count++) {
    const snapshot = await registry.snapshot(organization);
    if (snapshot === null) throw new BelfryError("NOT_FOUND", `There is no organization ${organization}.`);
    const { result, ...change } = await decide(snapshot);
    if (change.audit.length === 0) return result;
    const written = await registry.change({ organization, revision: snapshot.organization.revision, ...change });
    if (written.status === "done") return result;
    if (written.status === "taken") throw taken(written.places);
  }
  throw new BelfryError("CONFLICT", "The organization keeps changing under this request. Send it again.");
}

const idsTaken = (places: readonly PlaceId[]): Error =>
  new BelfryError("CONFLICT", `These ids are in use already: ${places.map(({ id }) => id).join(", ")}.`);
