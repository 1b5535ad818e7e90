// Port: replay jobs. A slice of a job adds its deliveries and moves its position in one transaction, so that no crash sends an
// event twice within a job, or leaves one out. Reads of what there is to replay are the history's [history.ts].

import type { Replay, ReplayCriteria } from "../model/replay.ts";
import type { Page, PageRequest } from "./history.ts";
import type { AuditEntry } from "./registry.ts";
import type { Epoch } from "./shards.ts";

export interface NewReplay extends ReplayCriteria {
  readonly id: string;
  readonly organization: string;
  readonly lane: number;
  readonly perSecond: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Id of the key. */
  readonly createdBy: string;
}

export interface ReplayQuery extends PageRequest {
  /** null: of all. */
  readonly organization: string | null;
  /** Lanes to which the list is narrowed; null: all. */
  readonly lanes: readonly number[] | null;
}

export interface ReplaySlice {
  /** Number of the job, and where it must stand: else nothing is written. */
  readonly job: number;
  readonly after: number;
  /** Where it stands afterwards: number of an event, and when that was accepted. */
  readonly position: number;
  readonly scannedUntil: number | null;
  /** In ascending order of events, all behind `after` and up to `position`. */
  readonly deliveries: readonly { readonly event: number; readonly variant: number }[];
  /** It was the last one. */
  readonly isLast: boolean;
}

export interface Advanced {
  /** As it is now. */
  readonly replay: Replay;
  /** Numbers of the deliveries in the order given; 0 where none was added. */
  readonly deliveries: readonly number[];
}

/** Operations that write throw UNAVAILABLE while the disk is full; those with an `epoch` are the owner's, and throw
 * OwnershipLost for another. */
export interface ReplayStore {
  /** Throws NOT_FOUND where organization or subscription is gone, CONFLICT where the organization has too many jobs running. */
  addReplay(replay: NewReplay, audit: AuditEntry): Promise<Replay>;
  /** `organization`: in no other. */
  replayJob(id: string, organization: string | null): Promise<Replay | null>;
  /** Newest first. */
  replayJobs(query: ReplayQuery): Promise<Page<Replay>>;
  /** Those that are not at their end, the oldest first. */
  openReplays(): Promise<readonly Replay[]>;
  /** A running job is `cancelling` afterwards; of any other nothing is changed or audited. null: there is none. */
  cancelReplay(id: string, organization: string, reason: string, audit: AuditEntry): Promise<Replay | null>;
  /** Adds deliveries of class `replay`, spilled and due at `now`, and moves the job. An event that is gone, or that a
   * withdrawal took away, is passed over. The job is cancelled where its subscription is removed. null: it does not run, or
   * stands elsewhere; nothing was written. */
  advanceReplay(epoch: Epoch, slice: ReplaySlice, now: number): Promise<Advanced | null>;
  /** Ends up to `limit` deliveries of a cancelling job that are still owed, as `cancelled`; where none is left, the job is
   * `cancelled`. Returns it; null: it is not cancelling. */
  cancelReplayed(epoch: Epoch, job: number, now: number, limit: number): Promise<Replay | null>;
}
