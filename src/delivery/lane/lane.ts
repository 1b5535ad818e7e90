// A lane: the queue of one subscription with its own caps and pace, and what it shares with others: its organization's
// slots and its host's. Plain records and the rules of pace; who goes next is scheduler.ts.

import type { Failing, Failure } from "../../model/lane.ts";
import type { NumberRanges } from "../../model/number-ranges.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { LatestOnly } from "../../store/owed.ts";
import type { LaneHealth } from "../../store/ownership.ts";
import type { Prepared } from "../attempt/attempt.ts";
import { type Breaker, type BreakerRule, closed, afterResult } from "./breaker.ts";
import { createLinkedList, type Linked, type LinkedList } from "../structures/linked-list.ts";
import { createBuffer, type LaneBuffer, unsettledRows } from "./buffer.ts";
import { nextStartAt, slowDown, speedUp, type Throttled, unthrottled } from "./throttle.ts";

export interface Lane extends Linked<Lane>, Throttled {
  readonly number: number;
  readonly buffer: LaneBuffer;
  /** As last announced; null: unknown, nothing may be sent. */
  subscription: Subscription | null;
  /** What every attempt of this subscription needs; made when first needed. */
  prepared: Prepared | null;
  organization: OrganizationSlots;
  host: HostShare;
  /** The queue of its organization that it stands in; null while it stands in none. */
  kind: Kind | null;
  inFlight: number;
  /** Attempts in flight at most, as the subscription says. */
  cap: number;
  /** What it owes about one subject goes one after another. Everything of it comes through reads then, which let the first of
   * each subject through. */
  inOrder: boolean;
  /** Only the newest of the states that wait is wanted; null: everything is. Everything of it comes through reads then, too. */
  latest: { readonly states: LatestOnly["states"]; readonly underWay: Set<number> } | null;
  /** Numbers that were superseded and that its receiver was not told of. */
  skipped: NumberRanges;
  /** Attempts in flight at most for now: 1, doubled by every success up to the cap, 1 again after a timeout. */
  pace: number;
  /** Whether its last attempt succeeded within `slowMs`, 1 s. A new lane is not quick. */
  quick: boolean;
  /** Monotonic ms before which it must not start anything, because its receiver asked Belfry to wait. */
  pausedUntil: number;
  /** Monotonic ms before which it starts nothing, because this machine had no file or port left for its last attempt. */
  shortUntil: number;
  breaker: Breaker;
  /** Monotonic ms at which its receiver or its customer last held it up: a failure, a slow attempt, a probe, a change. What
   * is due has waited for Belfry alone since then, or since the end of its back-off. */
  lastHeldUpAt: number;
  lastFailure: Failure | null;
  /** Monotonic ms at which its last attempt began. */
  lastStartedAt: number;
  /** Null: its last attempt succeeded, or there was none. */
  failing: Failing | null;
  /** How often its endpoint was replaced, or its subscription enabled or resumed: attempts that began before say nothing of what
   * stands now. */
  endpointChanges: number;
  /** It has begun to back off and has not taken a delivery since. */
  hasBackedOff: boolean;
  /** The row that the store has of its back-off; null: none. */
  storedHealth: LaneHealth | null;
  /** The delivery that was marked for its attempt; the lane starts nothing beside it [recovery/crash-recovery.ts]. */
  serialDelivery: number | null;
  /** Nothing may start: the subscription is disabled, removed or unknown, about to be disabled, or `heldBack`. */
  barred: boolean;
  /** Barred for this alone: its tenant has moved or is over, and what they may no longer have is being cancelled
   * [settle/withdraw.ts], or what a cancelled replay added is [bars.ts]. */
  heldBack: boolean;
  /** Belfry disables it, since its receiver is gone or has failed for too long: `updatedAt` of the subscription then. Bars
   * until the subscription changes. */
  disabledAt: number | null;
  /** Removed: what it is owed gets cancelled. */
  removed: boolean;
  /** Waits in the list of lanes to be read. */
  wantsLoad: boolean;
  /** Something about it has changed in this turn: it is reviewed at the end of the turn. */
  changed: boolean;
  wakeAt: number;
}

/** Kinds of work in order: live deliveries of quick lanes, of others; retries of quick lanes, of others; replays of quick
 * lanes, of others. */
export const kinds = [0, 1, 2, 3, 4, 5] as const;
export type Kind = (typeof kinds)[number];
export type ByKind<Value> = readonly [Value, Value, Value, Value, Value, Value];

/** An organization's part of the slots. */
export interface OrganizationSlots {
  readonly id: string;
  readonly lanes: Map<number, Lane>;
  readonly queues: ByKind<OrganizationQueue>;
  inFlight: number;
}

/** The place of one organization in the round of one kind of work, with the lanes that have such work. */
export interface OrganizationQueue extends Linked<OrganizationQueue> {
  readonly lanes: LinkedList<Lane>;
}

/** Name and port of an endpoint, whoever subscribes it. */
export interface Host {
  readonly name: string;
  /** By organization: those that have lanes or attempts here. */
  readonly shares: Map<string, HostShare>;
  /** Shares with lanes that wait, in the order of their turns. */
  readonly waiting: LinkedList<HostShare>;
  inFlight: number;
  /** The same host in all dispatchers of this process, this one among them; null: there is only one dispatcher. */
  peers: ReadonlySet<Host> | null;
  /** A slot has become free in another dispatcher. */
  readonly onFree: () => void;
}

/** What one organization has at a host. */
export interface HostShare extends Linked<HostShare> {
  readonly host: Host;
  readonly organization: string;
  /** Lanes that could start but for this host. */
  readonly waiting: LinkedList<Lane>;
  inFlight: number;
  /** Lanes that point here. */
  lanes: number;
}

const none: NumberRanges = [];

export function createLane(number: number, organization: OrganizationSlots, host: HostShare): Lane {
  return {
    ...unthrottled(),
    list: null,
    before: null,
    after: null,
    number,
    buffer: createBuffer(),
    subscription: null,
    prepared: null,
    organization,
    host,
    kind: null,
    inFlight: 0,
    cap: 1,
    inOrder: false,
    latest: null,
    skipped: none,
    pace: 1,
    quick: false,
    pausedUntil: -Infinity,
    shortUntil: -Infinity,
    breaker: closed,
    lastHeldUpAt: -Infinity,
    lastFailure: null,
    lastStartedAt: -Infinity,
    failing: null,
    endpointChanges: 0,
    hasBackedOff: false,
    storedHealth: null,
    serialDelivery: null,
    barred: true,
    heldBack: false,
    disabledAt: null,
    removed: false,
    wantsLoad: false,
    changed: false,
    wakeAt: Infinity,
  };
}

export const byKind = <Value>(make: () => Value): ByKind<Value> => [make(), make(), make(), make(), make(), make()];

export function createOrganizationSlots(id: string): OrganizationSlots {
  const queue = (): OrganizationQueue => ({ list: null, before: null, after: null, lanes: createLinkedList() });
  return { id, lanes: new Map(), queues: byKind(queue), inFlight: 0 };
}

export const createHost = (name: string, onFree: () => void = () => {}): Host => ({
  name,
  shares: new Map(),
  waiting: createLinkedList(),
  inFlight: 0,
  peers: null,
  onFree,
});

/** The organization's share of the host, made when it is new. */
export function hostShare(host: Host, organization: string): HostShare {
  const found = host.shares.get(organization);
  if (found !== undefined) return found;
  const place = { list: null, before: null, after: null };
  const share: HostShare = { ...place, host, organization, waiting: createLinkedList(), inFlight: 0, lanes: 0 };
  host.shares.set(organization, share);
  return share;
}

/** The part of a host's slots that an organization with more than its share leaves to the others there. */
const leftToOthers = 1 / 4;

/** Whether the organization may start no more attempts at the host. Alone it may take all slots. Where others have lanes, each
 * may take its equal part, and more only as long as a quarter is free after that: endpoints that hang take no slot from those
 * who have fewer. */
export function isHostFull({ host, inFlight }: Readonly<HostShare>, cap: number): boolean {
  const all = inFlightAt(host);
  if (all >= cap) return true;
  const organizations = organizationsAt(host);
  if (organizations === 1 || inFlight < Math.floor(cap / organizations)) return false;
  return inFlight > 0 && cap - all - 1 < Math.floor(cap * leftToOthers);
}

/** Attempts of this process in flight there, whichever dispatcher made them. */
export function inFlightAt({ peers, inFlight }: Host): number {
  if (peers === null) return inFlight;
  let all = 0;
  for (const peer of peers) all += peer.inFlight;
  return all;
}

function organizationsAt({ peers, shares }: Host): number {
  if (peers === null) return shares.size;
  let all = 0;
  for (const peer of peers) all += peer.shares.size;
  return all;
}

/** Attempts are under way that began before the lane came to want the latest states only. Nobody knows which, so nothing is read
 * or superseded before they are settled. */
export const awaitsEarlier = ({ latest, buffer }: Readonly<Lane>): boolean =>
  latest !== null && latest.underWay.size < unsettledRows(buffer);

/** As the store is asked for it. */
export const latestOf = ({ latest }: Readonly<Lane>): LatestOnly | null =>
  latest === null ? null : { states: latest.states, underWay: [...latest.underWay] };

/** Monotonic ms before which its receiver lets nothing start. */
export const backsOffUntil = (lane: Readonly<Lane>): number => Math.max(lane.pausedUntil, lane.breaker.probeAt);

export const isBackingOff = (lane: Readonly<Lane>, monotonic: number): boolean => backsOffUntil(lane) > monotonic;

/** Monotonic ms before which nothing may start, whoever is the reason. */
export const startsAgainAt = (lane: Readonly<Lane>): number =>
  Math.max(backsOffUntil(lane), lane.shortUntil, nextStartAt(lane));

/** Attempts in flight at most, now. */
export const widthOf = (lane: Readonly<Lane>): number => (lane.breaker.open ? 1 : Math.min(lane.pace, lane.cap));

export interface AttemptResult {
  readonly success: boolean;
  readonly timeout: boolean;
  /** Whether it took no longer than a slow attempt may. */
  readonly quick: boolean;
  /** Whether it began while the breaker was open. */
  readonly probe: boolean;
  /** ms that the lane must wait, 0: none. */
  readonly pauseMs: number;
  /** Whether the receiver asked for a gentler pace. */
  readonly gentler: boolean;
  /** Monotonic ms. */
  readonly startedAt: number;
}

/** What the lane knows of its receiver after an attempt. */
export function onResult(
  lane: Lane,
  ended: AttemptResult,
  monotonic: number,
  rule: BreakerRule,
  fraction: number,
): void {
  lane.quick = ended.success && ended.quick;
  lane.breaker = afterResult(lane.breaker, { ...ended, at: monotonic }, rule, fraction);
  if (!lane.quick || ended.probe) lane.lastHeldUpAt = monotonic;
  if (ended.success) lane.pace = Math.min(lane.pace * 2, lane.cap);
  if (ended.timeout || ended.pauseMs > 0 || lane.breaker.open) lane.pace = 1;
  if (ended.pauseMs > 0) lane.pausedUntil = Math.max(lane.pausedUntil, monotonic + ended.pauseMs);
  if (ended.gentler) slowDown(lane, ended.startedAt, monotonic);
  else if (ended.success) speedUp(lane);
}
