// Port: the delivery engine whole: what it works with, and what it can be asked. Behind it stands dispatcher.ts.

import type { Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import type { DialectName } from "../model/event.ts";
import type { LaneStatus } from "../model/lane.ts";
import type { Endpoint, Subscription } from "../model/subscription.ts";
import type { Tracing } from "../model/tracing.ts";
import type { PendingWithdrawal } from "../model/withdrawal.ts";
import type { Service } from "../service.ts";
import type { Ledger } from "../store/ledger.ts";
import type { LatestOnly } from "../store/owed.ts";
import type { Epoch, Shards } from "../store/shards.ts";
import type { Composer } from "./attempt/attempt.ts";
import type { Send } from "./attempt/request.ts";
import type { Enqueuer } from "./enqueue-port.ts";
import type { Bars } from "./lane/bars.ts";
import type { Hastening } from "./lane/hasten.ts";
import type { DeliveryStats } from "./lane/stats.ts";
import type { SharedSlots } from "./lane/shared-slots.ts";
import type { DeliverySettings } from "./settings.ts";

export interface DispatcherDeps extends Composer {
  readonly ledger: Pick<
    Ledger,
    | "acquire"
    | "release"
    | "supersede"
    | "markStarted"
    | "clearMark"
    | "remember"
    | "readDue"
    | "settle"
    | "spill"
    | "cancel"
    | "withdraw"
    | "hasten"
    | "hastenOne"
  >;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly send: Send;
  /** Gives up the connections to this endpoint, since its subscription has changed. */
  readonly drop: (endpoint: Endpoint) => void;
  /** The subscription of a lane as last announced; all of them are known before `start`. */
  readonly subscriptions: { get(lane: number): Subscription | undefined; values(): Iterable<Subscription> };
  /** By type of event of the dialect: the kind of state that it tells, of which a subscription may want the newest alone. */
  readonly statesOf: (dialect: DialectName) => LatestOnly["states"];
  /** Withdrawals that are not worked off, at the start. */
  readonly withdrawals: () => Iterable<PendingWithdrawal>;
  /** Disables a subscription whose receiver is gone or fails for too long; must do nothing if it was changed since. */
  readonly disable: (subscription: Subscription, reason: string) => Promise<void>;
  readonly log: Log;
  readonly events?: EngineEvents;
  readonly tracing?: Tracing;
  readonly settings?: Partial<DeliverySettings>;
  /** What it owns; default: all. */
  readonly shards?: Shards;
  /** With the other dispatchers of this process; default: there is none. */
  readonly shared?: SharedSlots;
  /** Resolves once all is known of subscriptions that was written before the call: lanes of unknown ones count as removed. Default:
   * this process makes all changes itself. */
  readonly caughtUp?: () => Promise<void>;
  /** Another owner took over, or nothing can be written any more: the dispatcher has stopped and the process must end. */
  readonly onFailed?: (error: unknown) => void;
}

export interface Dispatcher extends Service, Enqueuer {
  /** Epoch of this owner; throws before `start` is done. */
  epoch(): Epoch;
  /** Under which it runs, and the number of the last delivery at its beginning; null: it does not run. */
  owns(): { readonly epoch: Epoch; readonly upTo: number } | null;
  /** Subscriptions of this organization were added or changed: what is disabled now starts nothing more. */
  subscriptionsChanged(organization: string): void;
  /** The subscription was removed: nothing more starts, and what it is owed becomes `cancelled`. */
  laneRemoved(lane: number): void;
  /** Its owner wants the receiver called now: ends the lane's back-off. Returns whether there was one. */
  openLane(lane: number): boolean;
  /** What waits for a later try is due now: all of a lane, or one delivery. */
  readonly hasten: Hastening;
  /** These lanes start nothing more until what their tenants may no longer have is cancelled. */
  withdraw(withdrawals: Iterable<PendingWithdrawal>): void;
  /** Lanes of this organization give back what is not under way and read it again: rows of it were erased. */
  readAgain(organization: string): void;
  /** The same of these lanes, of which rows have expired. In memory they would be sent, and those in order would not look
   * whether others wait behind them. */
  expired(lanes: Iterable<number>): void;
  /** The lane starts nothing until what this returns is called: rows of it are being cancelled. */
  readonly bar: Bars["bar"];
  /** Whether no attempt is under way. */
  idle(): boolean;
  snapshot(): DeliveryStats;
  /** Monotonic ms at which an attempt of the lane last began, -Infinity: none has; null: the lane is barred or backs off. */
  lastStartedAt(this: void, lane: number): number | null;
  /** The status of a lane; null: it has no subscription, or this process is not its owner. */
  lane(number: number): LaneStatus | null;
}
