// A lane: the queue of one subscription with its own caps and pace, and what it shares with others: its organization's
// slots and its host's. Plain records and the rules of pace; who goes next is scheduler.ts.

import type { Failure } from "../../model/lane.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { Standing } from "../../store/ledger.ts";
import type { Prepared } from "../attempt/attempt.ts";
import { type Breaker, type BreakerRule, closed, learned } from "./breaker.ts";
import { createRing, type Linked, type Ring } from "../structures/linked-list.ts";
import { createWindow, type Window, waitingRows } from "./buffer.ts";

export interface Lane extends Linked<Lane> {
  readonly number: number;
  readonly window: Window;
  /** As last announced; null: unknown, nothing may be sent. */
  subscription: Subscription | null;
  /** What every attempt of this subscription needs; made when first needed. */
  prepared: Prepared | null;
  share: Share;
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
  freeSince: number;
  lastFailure: Failure | null;
  /** What the store remembers of its wait; null: nothing. */
  kept: Standing | null;
  /** The delivery that is attempted with care; nothing starts beside it [recovery/crash-recovery.ts]. */
  careful: number | null;
  /** Nothing may start: the subscription is disabled, removed, or unknown. */
  barred: boolean;
  /** The receiver said that it is gone: `updatedAt` of the subscription then. Bars until the subscription changes. */
  goneSince: number | null;
  /** Removed: what it is owed gets cancelled. */
  removed: boolean;
  /** Waits in the list of lanes to be read. */
  wanted: boolean;
  alarmAt: number;
}

/** Kinds of work in order: first attempts of quick lanes, of others; retries of quick lanes, of others. */
export type Kind = 0 | 1 | 2 | 3;
export const kinds = [0, 1, 2, 3] as const;

/** An organization's part of the slots. */
export interface Share {
  readonly organization: string;
  readonly lanes: Map<number, Lane>;
  readonly turns: readonly [Turn, Turn, Turn, Turn];
  inFlight: number;
}

/** The place of one organization in the round of one kind of work, with the lanes that have such work. */
export interface Turn extends Linked<Turn> {
  readonly lanes: Ring<Lane>;
}

/** Name and port of an endpoint, whoever subscribes it. */
export interface Host {
  readonly name: string;
  /** Lanes that could start but for this host. */
  readonly waiting: Ring<Lane>;
  inFlight: number;
  /** Lanes that point here. */
  lanes: number;
}

export function createLane(number: number, share: Share, host: Host): Lane {
  return {
    ring: null,
    before: null,
    after: null,
    number,
    window: createWindow(),
    subscription: null,
    prepared: null,
    share,
    host,
    kind: null,
    inFlight: 0,
    cap: 1,
    pace: 1,
    quick: false,
    pausedUntil: -Infinity,
    breaker: closed,
    freeSince: -Infinity,
    lastFailure: null,
    kept: null,
    careful: null,
    barred: true,
    goneSince: null,
    removed: false,
    wanted: false,
    alarmAt: Infinity,
  };
}

export function createShare(organization: string): Share {
  const turn = (): Turn => ({ ring: null, before: null, after: null, lanes: createRing() });
  return { organization, lanes: new Map(), turns: [turn(), turn(), turn(), turn()], inFlight: 0 };
}

export const createHost = (name: string): Host => ({ name, waiting: createRing(), inFlight: 0, lanes: 0 });

/** Monotonic ms before which nothing may start. */
export const resumesAt = (lane: Lane): number => Math.max(lane.pausedUntil, lane.breaker.probeAt);

export const isPaused = (lane: Lane, monotonic: number): boolean => resumesAt(lane) > monotonic;

/** Attempts in flight at most, now. */
export const widthOf = (lane: Lane): number => (lane.breaker.open ? 1 : Math.min(lane.pace, lane.cap));

/** Whether the lane itself has work and may start it; slots of others are not its business. */
export function mayStart(lane: Lane, monotonic: number): boolean {
  return (
    !lane.barred &&
    lane.careful === null &&
    lane.inFlight < widthOf(lane) &&
    waitingRows(lane.window) > 0 &&
    !isPaused(lane, monotonic)
  );
}

export interface Ended {
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
export function learn(lane: Lane, ended: Ended, monotonic: number, rule: BreakerRule, fraction: number): void {
  lane.quick = ended.success && ended.quick;
  lane.breaker = learned(lane.breaker, { ...ended, at: monotonic }, rule, fraction);
  if (!lane.quick || ended.probe) lane.freeSince = monotonic;
  if (ended.success) lane.pace = Math.min(lane.pace * 2, lane.cap);
  if (ended.timeout || ended.pauseMs > 0 || lane.breaker.open) lane.pace = 1;
  if (ended.pauseMs > 0) lane.pausedUntil = Math.max(lane.pausedUntil, monotonic + ended.pauseMs);
}
