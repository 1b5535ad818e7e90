// A lane: the queue of one subscription with its own caps and pace, and what it shares with others: its organization's
// slots and its host's. Plain records and the rules of pace; who goes next is scheduler.ts.

import type { Failure } from "../../model/lane.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { LaneHealth } from "../../store/ledger.ts";
import type { Prepared } from "../attempt/attempt.ts";
import { type Breaker, type BreakerRule, closed, afterResult } from "./breaker.ts";
import { createLinkedList, type Linked, type LinkedList } from "../structures/linked-list.ts";
import { createBuffer, type LaneBuffer, waitingRows } from "./buffer.ts";

export interface Lane extends Linked<Lane> {
  readonly number: number;
  readonly buffer: LaneBuffer;
  /** As last announced; null: unknown, nothing may be sent. */
  subscription: Subscription | null;
  /** What every attempt of this subscription needs; made when first needed. */
  prepared: Prepared | null;
  organization: OrganizationSlots;
  host: Host;
  /** The queue of its organization that it stands in; null while it stands in none. */
  kind: Kind | null;
  inFlight: number;
  /** Attempts in flight at most, as the subscription says. */
  cap: number;
  /** Attempts in flight at most for now: 1, doubled by every success up to the cap, 1 again after a timeout. */
  pace: number;
  /** Whether its last attempt succeeded quickly. */
  quick: boolean;
  /** Monotonic ms before which it must not start anything, because its receiver asked for patience. */
  pausedUntil: number;
  breaker: Breaker;
  /** Monotonic ms at which its receiver or its owner last held it up: a failure, a slow attempt, a probe, a change. What
   * is due has waited for Belfry alone since then, or since the end of a pause. */
  lastHeldUpAt: number;
  lastFailure: Failure | null;
  /** It has begun to back off and has not taken a delivery since. */
  hasBackedOff: boolean;
  /** What the store remembers of its wait; null: nothing. */
  storedHealth: LaneHealth | null;
  /** The delivery that is attempted with care; nothing starts beside it [recovery/crash-recovery.ts]. */
  serialDelivery: number | null;
  /** Nothing may start: the subscription is disabled, removed, or unknown. */
  barred: boolean;
  /** The receiver said that it is gone: `updatedAt` of the subscription then. Bars until the subscription changes. */
  goneSince: number | null;
  /** Removed: what it is owed gets cancelled. */
  removed: boolean;
  /** Waits in the list of lanes to be read. */
  wantsLoad: boolean;
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
  /** Lanes that could start but for this host. */
  readonly waiting: LinkedList<Lane>;
  inFlight: number;
  /** Lanes that point here. */
  lanes: number;
}

export function createLane(number: number, organization: OrganizationSlots, host: Host): Lane {
  return {
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
    pace: 1,
    quick: false,
    pausedUntil: -Infinity,
    breaker: closed,
    lastHeldUpAt: -Infinity,
    lastFailure: null,
    hasBackedOff: false,
    storedHealth: null,
    serialDelivery: null,
    barred: true,
    goneSince: null,
    removed: false,
    wantsLoad: false,
    wakeAt: Infinity,
  };
}

export const byKind = <Value>(make: () => Value): ByKind<Value> => [make(), make(), make(), make(), make(), make()];

export function createOrganizationSlots(id: string): OrganizationSlots {
  const queue = (): OrganizationQueue => ({ list: null, before: null, after: null, lanes: createLinkedList() });
  return { id, lanes: new Map(), queues: byKind(queue), inFlight: 0 };
}

export const createHost = (name: string): Host => ({ name, waiting: createLinkedList(), inFlight: 0, lanes: 0 });

/** Monotonic ms before which nothing may start. */
export const resumesAt = (lane: Lane): number => Math.max(lane.pausedUntil, lane.breaker.probeAt);

export const isPaused = (lane: Lane, monotonic: number): boolean => resumesAt(lane) > monotonic;

/** Attempts in flight at most, now. */
export const widthOf = (lane: Lane): number => (lane.breaker.open ? 1 : Math.min(lane.pace, lane.cap));

/** Whether the lane itself has work and may start it; slots of others are not its business. */
export function mayStart(lane: Lane, monotonic: number): boolean {
  return (
    !lane.barred &&
    lane.serialDelivery === null &&
    lane.inFlight < widthOf(lane) &&
    waitingRows(lane.buffer) > 0 &&
    !isPaused(lane, monotonic)
  );
}

export interface AttemptResult {
  readonly success: boolean;
  readonly timeout: boolean;
  /** Whether it took no longer than a slow attempt may. */
  readonly quick: boolean;
  /** Whether it began while the breaker was open. */
  readonly probe: boolean;
  /** ms that the lane must wait, 0: none. */
  readonly pauseMs: number;
}

/** Draws the lesson of an attempt. */
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
}
