// The vocabulary of the vendor: which resource and action a client may bind, which event type that is here, and under
// which variant of the payload it goes out.

/** First names of the event types that Belfry makes. */
export const types = ["access_log.create", "call.create", "call.status_update"] as const;

/** What a bound pair of resource type and action means. */
export interface Pair {
  readonly type: string;
  /** A row of the table in compose.ts. */
  readonly variant: number;
  /** The kind of record that `resource_id` singles out. */
  readonly resource: "access_point" | "device";
}

/** The variant under the guide's name for an entry. */
export const accessLogName = 1;

const pairs: ReadonlyMap<string, Pair> = new Map<string, Pair>([
  ["access_log.create", { type: "access_log.create", variant: accessLogName, resource: "access_point" }],
  // One event under two names: the guide's page has said both [butterflymx.md §8].
  ["door_release.create", { type: "access_log.create", variant: 2, resource: "access_point" }],
  ["call.create", { type: "call.create", variant: 0, resource: "device" }],
  ["call.status_update", { type: "call.status_update", variant: 0, resource: "device" }],
]);

/** `access_log.create`, … */
export const pairNames: readonly string[] = [...pairs.keys()];

export const resourceTypes = ["access_log", "call", "door_release"] as const;

export function pairOf(resourceType: unknown, action: unknown): Pair | undefined {
  if (typeof resourceType !== "string" || typeof action !== "string") return undefined;
  return pairs.get(`${resourceType}.${action}`);
}

/** Actions that exist for a resource type, for telling a client what to send instead. */
export function actionsOf(resourceType: string): readonly string[] {
  const prefix = `${resourceType}.`;
  return [...pairs.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
