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
import type { SharedSlots } from "./shared-slots.ts";
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
  /** The dispatcher has ended: what it had at hosts counts for no other one any more. */
  leaveHosts(): void;
}

const isActive = (subscription: Subscription | null): boolean =>
  subscription !== null && stateOf(subscription) === "active";

export interface LanesDeps {
  /** As last announced. */
  readonly subscriptions: { get(lane: number): Subscription | undefined };
  readonly scheduler: Pick<Scheduler, "withdraw" | "wake">;
  /** Attempts of a lane in flight at most, where its subscription does not say. */
  readonly usualCap: number;
  /** Monotonic ms. */
  readonly monotonic: () => number;
  /** Monotonic ms since when this process owns the lanes: one that is made later has started nothing since then. */
  readonly ownedSince: () => number;
  /** Whether rows of the lane are being cancelled, which it must not start meanwhile. */
  readonly isHeldBack: (lane: number) => boolean;
  /** By type of event of the dialect: the kind of state that it tells. */
  readonly statesOf: (dialect: DialectName) => LatestOnly["states"];
  /** With other dispatchers of this process. */
  readonly shared?: Pick<SharedSlots, "enter" | "exit">;
  /** Another dispatcher has freed a slot of the host. */
  readonly onHostFree?: (host: Host) => void;
}

const most = 64;
/** Where lanes stand whose subscription is not known. */
const nowhere = "";

export function createLanes(deps: LanesDeps): Lanes {
  const { subscriptions, scheduler, shared } = deps;
  const lanes = new Map<number, Lane>();
  const shares = new Map<string, OrganizationSlots>();
  const hosts = new Map<string, Host>();

  const shareOf = (organization: string): OrganizationSlots => {
    let share = shares.get(organization);
    if (share === undefined) shares.set(organization, (share = createOrganizationSlots(organization)));
    return share;
  };

  const hostNamed = (name: string): Host => {
    const host = hosts.get(name);
    if (host !== undefined) return host;
    const made = createHost(name, () => deps.onHostFree?.(made));
    made.peers = shared?.enter(made) ?? null;
    hosts.set(name, made);
    return made;
  };

  function forgetHost(host: Host): void {
    hosts.delete(host.name);
    shared?.exit(host);
  }

  const placeAt = (host: string, organization: string): HostShare => hostShare(hostNamed(host), organization);

  const capOf = (subscription: Subscription | null): number =>
    Math.min(Math.max(subscription?.lane.maxInFlight ?? deps.usualCap, 1), most);

  function leave(lane: Lane): void {
    scheduler.withdraw(lane);
    const { organization: share, host } = lane;
    share.lanes.delete(lane.number);
    host.lanes--;
    // What others may hold there hangs on who is there.
    if (dropEmpty(lane)) scheduler.wake(host.host);
  }

  /** Whether the organization has left the host. */
  function dropEmpty({ organization: share, host: place }: Pick<Lane, "organization" | "host">): boolean {
    if (share.lanes.size === 0 && share.inFlight === 0) shares.delete(share.id);
    const { host } = place;
    if (place.lanes > 0 || place.inFlight > 0) return false;
    host.shares.delete(place.organization);
    if (host.shares.size === 0) forgetHost(host);
    return true;
  }

  function enter(lane: Lane, share: OrganizationSlots, host: HostShare): void {
    lane.organization = share;
    lane.host = host;
    share.lanes.set(lane.number, lane);
    host.lanes++;
  }

  /** Puts the lane to the organization and the host of the subscription. */
  function move(lane: Lane, subscription: Subscription | null): void {
    const organization = subscription?.organization ?? nowhere;
    const host = subscription === null ? nowhere : hostOf(subscription.endpoint.url);
    if (organization === lane.organization.id && host === lane.host.host.name) return;
    leave(lane);
    enter(lane, shareOf(organization), placeAt(host, organization));
  }

  /** Takes over what the subscription says of the lane itself. `bucketsFrom`: monotonic ms since when it has started nothing. */
  function adopt(lane: Lane, subscription: Subscription | null, bucketsFrom: () => number): void {
    lane.subscription = subscription;
    lane.prepared = null;
    lane.cap = capOf(subscription);
    limitTo(lane, subscription?.lane.rateLimit ?? null, bucketsFrom);
    if (lane.disabledAt !== subscription?.updatedAt) lane.disabledAt = null;
    lane.inOrder = subscription?.order === "subject";
    lane.latest =
      subscription?.mode === "latest"
        ? (lane.latest ?? { states: deps.statesOf(subscription.dialect), underWay: new Set() })
        : null;
    lane.buffer.rereads = lane.latest !== null;
  }

  function setBarred(lane: Lane): void {
    const isOff = !isActive(lane.subscription) || lane.disabledAt !== null;
    lane.heldBack = !isOff && deps.isHeldBack(lane.number);
    lane.barred = isOff || lane.heldBack;
  }

  function refresh(lane: Lane, bucketsFrom = deps.monotonic): void {
    const subscription = lane.removed ? null : (subscriptions.get(lane.number) ?? null);
    if (subscription !== lane.subscription) {
      move(lane, subscription);
      adopt(lane, subscription, bucketsFrom);
    }
    setBarred(lane);
  }

  return {
    lane(number) {
      let lane = lanes.get(number);
      if (lane === undefined) {
        lane = createLane(number, shareOf(nowhere), placeAt(nowhere, nowhere));
        enter(lane, lane.organization, lane.host);
        lanes.set(number, lane);
        refresh(lane, deps.ownedSince);
      }
      return lane;
    },
    peek(number) {
      const lane = lanes.get(number);
      if (lane !== undefined) return lane;
      const fresh = createLane(number, createOrganizationSlots(nowhere), hostShare(createHost(nowhere), nowhere));
      adopt(fresh, subscriptions.get(number) ?? null, deps.ownedSince);
      setBarred(fresh);
      return fresh;
    },
    lanes: () => lanes.values(),
    lanesOf: (organization) => [
      ...(shares.get(organization)?.lanes.values() ?? []),
      ...(shares.get(nowhere)?.lanes.values() ?? []),
    ],
    refresh: (lane) => refresh(lane),
    dropEmpty(place) {
      if (dropEmpty(place)) scheduler.wake(place.host.host);
    },
    dropIfIdle(lane) {
      if (!lane.removed || isBusy(lane.buffer) || lanes.get(lane.number) !== lane) return;
      leave(lane);
      lanes.delete(lane.number);
    },
    leaveHosts: () => [...hosts.values()].forEach((host) => shared?.exit(host)),
  };
}
