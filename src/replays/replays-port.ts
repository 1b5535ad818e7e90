// Port: replays as an API asks for them. Which subscription, and whether the key may, is decided by who asks.

import type { DialectName } from "../model/event.ts";
import type { Replay, ReplayCriteria } from "../model/replay.ts";
import type { Filters, Subscription, SubscriptionScope } from "../model/subscription.ts";
import type { Page } from "../store/history.ts";
import type { ReplayQuery } from "../store/replays.ts";

/** A subscription that does not exist, for a dry run. */
export interface Draft {
  readonly organization: string;
  readonly dialect: DialectName;
  readonly types: readonly string[];
  readonly scope: SubscriptionScope;
  readonly filters: Filters | null;
}

export interface ReplayRequest extends ReplayCriteria {
  /** null: the usual pace. */
  readonly perSecond: number | null;
}

/** What a replay would do. */
export interface DryRun {
  readonly total: number;
  readonly perSecond: number;
  readonly takesMs: number;
  /** By type and hour of acceptance (its beginning, epoch ms), in that order. */
  readonly counts: readonly { readonly type: string; readonly hour: number; readonly count: number }[];
  readonly sample: readonly {
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly at: number;
    readonly acceptedAt: number;
    /** As it would be sent. */
    readonly body: string;
  }[];
  /** false: the time was up before everything was looked at. */
  readonly isComplete: boolean;
  /** Events accepted up to then are counted; null: none were looked at. */
  readonly scannedUntil: number | null;
  /** When the oldest event that is kept, of whomever, was accepted; null: there is none. */
  readonly keptFrom: number | null;
  /** Types that are not kept of that time, and were worked out from observations that were accepted then: counted like the others.
   * Of drafts only; null: none. */
  readonly derived: { readonly types: readonly string[]; readonly from: number; readonly until: number } | null;
  /** Types that are kept only while somebody takes them, and of which nothing is kept of that time, nor worked out for all of it.
   * `logFrom`: the observation log reaches back to then, null: it is empty. */
  readonly notKept: readonly { readonly type: string; readonly logFrom: number | null }[];
}

export interface ReplaysPort {
  /** Throws INVALID for times, types or a pace that cannot be, CONFLICT where too many jobs are open. `by`: id of the key. */
  create(subscription: Subscription, request: ReplayRequest, by: string): Promise<Replay>;
  /** Throws INVALID like `create`, and for a draft with unknown types. */
  dryRun(of: Subscription | Draft, request: ReplayRequest): Promise<DryRun>;
  get(id: string, organization: string | null): Promise<Replay | null>;
  list(query: ReplayQuery): Promise<Page<Replay>>;
  /** Adds nothing more, and cancels what it added and is not delivered. One that is at its end stays as it is. */
  cancel(replay: Replay, by: string): Promise<Replay>;
}
