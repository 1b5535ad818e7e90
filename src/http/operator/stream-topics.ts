// What a key hears of changes, topic by topic: of each topic what it may read, by the rules by which it reads. Names alone.

import { countReaders, owners, readers, subscriptionReaders } from "../../auth/authorize.ts";
import type { Change, Changes } from "../../live/changes-port.ts";
import { isAlertTarget } from "../../model/alert.ts";
import { mayRead, mayReadBuilding, type Principal, type Role } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { OperatorDeps } from "./deps.ts";
import { mayReadSubscription, owns } from "./owned.ts";

/** By topic: the roles that may read it at all, as at the routes that list it. */
export const topicRoles = {
  deliveries: subscriptionReaders,
  subscriptions: subscriptionReaders,
  alerts: owners,
  events: readers,
  entries: readers,
  occupancy: countReaders,
  sensors: countReaders,
  model: readers,
} as const satisfies Record<string, readonly Role[]>;

export type Topic = keyof typeof topicRoles;
export const topics = Object.keys(topicRoles) as [Topic, ...Topic[]];

/** What somebody wants to hear. */
export interface Wanted {
  readonly topics: readonly Topic[];
  /** null, as for the two below: all that the key may read. */
  readonly organization: string | null;
  readonly subscription: string | null;
  readonly building: string | null;
}

/** Of one organization. Of a topic: ids of subscriptions, alerts or buildings; true: more than fit, or there are no ids. */
export type Heard = { readonly organization: string } & { readonly [Name in Topic]?: readonly string[] | true };

type Deps = Pick<OperatorDeps, "place">;

/** Of one topic in one message. */
const mostIds = 50;

export async function heardOf(deps: Deps, who: Principal, wanted: Wanted, changes: Changes): Promise<readonly Heard[]> {
  const all: Heard[] = [];
  for (const [organization, change] of changes) {
    if (wanted.organization !== null && wanted.organization !== organization) continue;
    const found: [Topic, readonly string[] | true][] = [];
    for (const topic of wanted.topics) {
      const about = await aboutOf(deps, who, wanted, organization, change, topic);
      if (about === true || about.length > 0) found.push([topic, about]);
    }
    if (found.length > 0) all.push({ organization, ...Object.fromEntries(found) });
  }
  return all;
}

async function aboutOf(
  deps: Deps,
  who: Principal,
  { subscription, building }: Wanted,
  organization: string,
  change: Change,
  topic: Topic,
): Promise<readonly string[] | true> {
  const lanes = (changed: ReadonlyMap<number, Subscription>, isWanted: (each: Subscription) => boolean) =>
    [...changed.values()].filter((each) => isWanted(each) && (subscription === null || each.id === subscription));
  switch (topic) {
    case "deliveries":
    case "subscriptions":
      return bounded(
        lanes(change[topic], (each) => !isAlertTarget(each)),
        (each) => mayReadSubscription(deps, who, each),
      );
    case "alerts":
      return bounded(lanes(new Map([...change.subscriptions, ...change.deliveries]), isAlertTarget), (each) =>
        owns(deps, who, each),
      );
    case "occupancy":
    case "sensors": {
      const named = [...change[topic]].filter((id) => building === null || id === building);
      const readable = named.filter((id) => mayReadBuilding(who, organization, id));
      return readable.length > mostIds ? true : readable;
    }
    default:
      return change[topic] && mayRead(who, organization) ? true : [];
  }
}

/** Ids of those that may be read. */
async function bounded(
  all: readonly Subscription[],
  mayRead: (subscription: Subscription) => Promise<boolean>,
): Promise<readonly string[] | true> {
  const ids: string[] = [];
  for (const each of all) {
    if (!(await mayRead(each))) continue;
    if (ids.length === mostIds) return true;
    ids.push(each.id);
  }
  return ids;
}
