// All lanes, the organizations and hosts they share slots with, and what the subscriptions say of them.

import type { DialectName } from "../../model/event.ts";
import { stateOf, type Subscription } from "../../model/subscription.ts";
import { hostOf } from "../attempt/attempt.ts";
import type { LatestOnly } from "../../store/owed.ts";
import { isBusy } from "./buffer.ts";
import {
  createHost,
  createLane,
  createOrganizationSlots,
  type Host,
  type HostShare,
  hostShare,
  type Lane,
  type OrganizationSlots,
} from "./lane.ts";
import type { Scheduler } from "./scheduler.ts";
import { limitTo } from "./throttle.ts";

export interface Lanes {
  /** The lane of this number, made when it is new. */
  lane(number: number): Lane;
  /** The same, to be looked at only: one that is new is not kept. */
  peek(number: number): Readonly<Lane>;
  lanes(): Iterable<Lane>;
  /** Lanes of the organization, and those whose subscription was not known so far. */
  lanesOf(organization: string): readonly Lane[];
  /** Reads the lane's subscription anew. */
  refresh(lane: Lane): void;
  /** An attempt is over: forgets the organization and the host it counted for, if no lane is there any more. */
  dropEmpty(place: Pick<Lane, "organization" | "host">): void;
  /** Forgets a removed lane when nothing of it is under way. */
  dropIfIdle(lane: Lane): void;
}

const isActive = (subscription: Subscription | null): boolean =>
  subscription !== null && stateOf(subscription) === "active";

/** Monotonic ms. */
export interface LaneTimes {
  now(): number;
  /** Since when this process owns the lanes: one that is made later has started nothing since then. */
  ownedSince(): number;
}

const most = 64;
/** Where lanes stand whose subscription is not known. */
const nowhere = "";

export function createLanes(
  subscriptions: { get(lane: number): Subscription | undefined },
  schedule: Pick<Scheduler, "withdraw" | "wake">,
  defaultCap: number,
  times: LaneTimes,
  isWithdrawing: (lane: number) => boolean = () => false,
  statesOf: (dialect: DialectName) => LatestOnly["states"] = () => ({}),
): Lanes {
  const lanes = new Map<number, Lane>();
  const shares = new Map<string, OrganizationSlots>();
  const hosts = new Map<string, Host>();

  const shareOf = (organization: string): OrganizationSlots => {
    let share = shares.get(organization);
    if (share === undefined) shares.set(organization, (share = createOrganizationSlots(organization)));
    return share;
  };

  const hostNamed = (name: string): Host => {
    let host = hosts.get(name);
    if (host === undefined) hosts.set(name, (host = createHost(name)));
    return host;
  };

  const placeAt = (host: string, organization: string): HostShare => hostShare(hostNamed(host), organization);

  const capOf = (subscription: Subscription | null): number =>
    Math.min(Math.max(subscription?.lane.maxInFlight ?? defaultCap, 1), most);

  function leave(lane: Lane): void {
    schedule.withdraw(lane);
    const { organization: share, host } = lane;
    share.lanes.delete(lane.number);
    host.lanes--;
    // What others may hold there hangs on who is there.
    if (dropEmpty(lane)) schedule.wake(host.host);
  }

  /** Whether the organization has left the host. */
  function dropEmpty({ organization: share, host: place }: Pick<Lane, "organization" | "host">): boolean {
    if (share.lanes.size === 0 && share.inFlight === 0) shares.delete(share.id);
    const { host } = place;
    if (place.lanes > 0 || place.inFlight > 0) return false;
    host.shares.delete(place.organization);
    if (host.shares.size === 0) hosts.delete(host.name);
    return true;
  }

  function enter(lane: Lane, share: OrganizationSlots, host: HostShare): void {
    lane.organization = share;
    lane.host = host;
    share.lanes.set(lane.number, lane);
    host.lanes++;
  }

  function refresh(lane: Lane, bucketsFrom = times.now): void {
    const subscription = lane.removed ? null : (subscriptions.get(lane.number) ?? null);
    if (subscription !== lane.subscription) {
      lane.subscription = subscription;
      lane.prepared = null;
      const organization = subscription?.organization ?? nowhere;
      const host = subscription === null ? nowhere : hostOf(subscription.endpoint.url);
      if (organization !== lane.organization.id || host !== lane.host.host.name) {
        leave(lane);
        enter(lane, shareOf(organization), placeAt(host, organization));
      }
      lane.cap = capOf(subscription);
      limitTo(lane, subscription?.lane.rateLimit ?? null, bucketsFrom);
      if (lane.disabledAt !== subscription?.updatedAt) lane.disabledAt = null;
      lane.inOrder = subscription?.order === "subject";
      lane.latest =
        subscription?.mode === "latest"
          ? (lane.latest ?? { states: statesOf(subscription.dialect), underWay: new Set() })
          : null;
      lane.buffer.rereads = lane.latest !== null;
    }
    const isHeld = !isActive(subscription) || lane.disabledAt !== null;
    lane.withdrawing = !isHeld && isWithdrawing(lane.number);
    lane.barred = isHeld || lane.withdrawing;
  }

  return {
    lane(number) {
      let lane = lanes.get(number);
      if (lane === undefined) {
        lane = createLane(number, shareOf(nowhere), placeAt(nowhere, nowhere));
        enter(lane, lane.organization, lane.host);
        lanes.set(number, lane);
        refresh(lane, times.ownedSince);
      }
      return lane;
    },
    peek(number) {
      const lane = lanes.get(number);
      if (lane !== undefined) return lane;
      const subscription = subscriptions.get(number) ?? null;
      const fresh = createLane(number, createOrganizationSlots(nowhere), hostShare(createHost(nowhere), nowhere));
      return { ...fresh, subscription, cap: capOf(subscription), barred: !isActive(subscription) };
    },
    lanes: () => lanes.values(),
    lanesOf: (organization) => [
      ...(shares.get(organization)?.lanes.values() ?? []),
      ...(shares.get(nowhere)?.lanes.values() ?? []),
    ],
    refresh: (lane) => refresh(lane),
    dropEmpty(place) {
      if (dropEmpty(place)) schedule.wake(place.host.host);
    },
    dropIfIdle(lane) {
      if (!lane.removed || isBusy(lane.buffer) || lanes.get(lane.number) !== lane) return;
      leave(lane);
      lanes.delete(lane.number);
    },
  };
}
