// A replay job: what a subscription was owed between two times, or would have been owed, is delivered to it once more. Pure
// values; the store keeps them [store/replays.ts], and replays/ works them off.

/** `cancelling`: nothing more is added, and what was added and not delivered is being cancelled. */
export const replayStates = ["running", "cancelling", "done", "cancelled"] as const;
export type ReplayState = (typeof replayStates)[number];

/** How the delivery of an event to the subscription ended before. `none`: there was none. An event that was delivered once
 * counts as delivered; otherwise its last delivery counts. While that is owed, none of these fits. */
export const endings = ["delivered", "exhausted", "cancelled", "expired", "superseded", "none"] as const;
export type Ending = (typeof endings)[number];

/** Which events are meant. Times are epoch ms; null: all of them. */
export interface ReplayCriteria {
  /** Accepted then or later. By acceptance, since whoever asks for what was missed means the time in which it would have come. */
  readonly from: number;
  /** Accepted before. */
  readonly to: number;
  /** First names of the dialect. */
  readonly types: readonly string[] | null;
  /** Ids of buildings, floors, rooms, zones, sensors or doors: the event is about one of them, or happened there. */
  readonly spaces: readonly string[] | null;
  readonly endings: readonly Ending[] | null;
}

export interface Replay extends ReplayCriteria {
  /** Rises with each job; never shown. */
  readonly number: number;
  /** `replay_…` */
  readonly id: string;
  readonly organization: string;
  /** Public id, also after it was removed. */
  readonly subscription: string;
  readonly lane: number;
  readonly perSecond: number;
  readonly state: ReplayState;
  /** Why it was cancelled; null: it was not. */
  readonly reason: string | null;
  readonly createdAt: number;
  /** Id of the key. */
  readonly createdBy: string;
  readonly endedAt: number | null;
  /** Numbers of the events to look at: from behind `start` up to `upTo`; those up to `position` are done. */
  readonly start: number;
  readonly upTo: number;
  readonly position: number;
  /** When the event at `position` was accepted; null: none was looked at. */
  readonly scannedUntil: number | null;
  /** Deliveries that it added. */
  readonly added: number;
}

/** How much of what there is to look at is done, 0 to 1. */
export function progressOf({ state, start, upTo, position }: Replay): number {
  if (state === "done" || upTo <= start) return 1;
  return (position - start) / (upTo - start);
}
