// A run of the fault `nodes`: what it stands on, how large it is, and what its parts tell each other.

import type { Cluster } from "../rig/cluster.ts";
import type { Load } from "../rig/load.ts";
import type { Receiver } from "../rig/receiver.ts";
import type { Watch } from "../rig/watched-receiver.ts";

/** One building in each organization, and in each: one subscription as it comes, one in order, one with a rate limit. */
export const organizations = 8;
export const each = 3;
export const [plain, ordered, limited] = [0, 1, 2];
export const rateLimit = { per_second: 20, burst: 5 };

export interface Run {
  readonly cluster: Cluster;
  readonly receiver: Receiver;
  readonly load: Load;
  readonly watch: Watch;
  /** By number at the receiver. */
  readonly subscriptions: ReadonlyMap<number, Subscribed>;
  readonly random: () => number;
  readonly say: (text: string) => void;
  readonly ended: () => boolean;
  readonly late: string[];
  readonly faults: string[];
  readonly counts: Record<"kills" | "delivery_kills" | "database_restarts" | "stops" | "changes", number>;
}

export interface Subscribed {
  readonly id: string;
  /** Of the building. */
  readonly key: string;
  readonly lane: number;
}

/** Of a subscription at the receiver. */
export const numberOf = (organization: number, kind: number): number => organization * 10 + kind;
export const kindOf = (number: number): number => number % 10;
/** Of one that is added and removed within the run: it is not among those whose deliveries are counted. */
export const guestNumberOf = (organization: number): number => 900 + organization;
export const isGuest = (number: number): boolean => number >= 900;
export const between = (random: () => number, least: number, most: number): number => least + random() * (most - least);
export const organizationOf = (load: Load, event: number): number => load.workerOf.get(event)! % organizations;
