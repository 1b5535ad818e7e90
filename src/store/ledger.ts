// Port: what is owed. It keeps the observation log, events, deliveries and attempts, and works in batches only. Times are
// epoch ms. Every engine behind the port passes test/contract/ledger.ts.
// When a promise resolves, its writes have been fsynced. When it rejects with an error named here, nothing was written. After
// any other error nobody knows whether it was written: the store is `broken` and the process ends [store.ts].
// Every owed delivery is a durable row. `spilled` says only who remembers it. false: the owner holds it in memory, and
// `readDue` leaves it out. true: `readDue` returns it when it is due. A new owner finds all of them spilled.

import type { DeliveryClass } from "../model/delivery.ts";
import type { MinuteOf, MinuteSeries } from "../model/minute.ts";
import type { LoggedObservation } from "../model/observation.ts";
import type {
  Acceptance,
  AcceptedEntry,
  AcceptResult,
  FoldProgress,
  LogPart,
  LogPlace,
  NewObservation,
  Receipt,
  SensingState,
} from "./acceptance.ts";
import type { LaneRead, LaneRows, LatestOnly, ReplayedDelivery, Settlement } from "./owed.ts";
import type { Arrivals, LongestWaits, Ownership, StoredLaneHealth } from "./ownership.ts";
import type { EraseCursor, Person, Pruned, PruneBefore } from "./removal.ts";
import type { Epoch, Shards } from "./shards.ts";

/** Operations that take an `epoch` are the owner's. They throw OwnershipLost, and write nothing, once there is another owner.
 * Operations that take an organization throw NOT_FOUND (BelfryError) where it does not exist. All of them throw UNAVAILABLE
 * while the disk is full. */
export interface Ledger {
  /** Appends to the observation log. One receipt per observation, in order; its `number` is the position in the log. */
  appendObservations(observations: readonly NewObservation[]): Promise<readonly Receipt[]>;

  /** Observations after `position`, in order of acceptance, at most `limit`; of all shards, or of the part that sensing reads. */
  readObservations(position: number, limit: number, part?: LogPart): Promise<readonly LoggedObservation[]>;

  /** How many observations of these shards (default: all) are behind `position`: counted where they are few, about as many where
   * they are many. Positions do not tell: they may leave out millions. */
  countObservations(position: number, shards?: Shards): Promise<number>;

  /** Nothing was removed from the observation log yet for its age: it goes back to the first observation ever accepted. For a log
   * that has something in it. */
  isLogWhole(): Promise<boolean>;

  /** Observations of one floor with `from` ≤ moment of sensing < `until`, in order of that moment (in whole ms), those of one
   * moment in order of acceptance; at most `limit`, behind `after`. For late minutes, which are computed again. */
  readFloor(
    organization: string,
    floor: string,
    from: number,
    until: number,
    limit: number,
    after?: LogPlace,
  ): Promise<readonly LoggedObservation[]>;

  /** The organizations of calls with this GUID, whether sensing has seen them or not; not all, where there are more than two.
   * `organization`: look nowhere else. */
  findCall(organization: string | null, guid: string): Promise<readonly string[]>;

  /** Removes a slice of what is kept of a person: entries, events with what is owed of them, observations. Begins with null and
   * goes on with what it returns; null: nothing is left. */
  erasePerson(person: Person, cursor: EraseCursor | null): Promise<EraseCursor | null>;

  /** Asks that nothing of what was erased stays in a file behind the database. false: not yet, ask again in a moment. */
  emptyWal(): Promise<boolean>;

  /** How far sensing has come, and its whole state; of all shards, or of these. */
  readSensingState(shards?: Shards): Promise<SensingState>;

  /** Minutes with `from` ≤ begin < `until` of these spaces or sensors: one after the other in the order given, each in the
   * order of time. For sensing, and for hours rather than days: other writes wait meanwhile. `History.minutes` is for others. */
  readMinutes(
    organization: string,
    series: MinuteSeries,
    subjects: readonly string[],
    from: number,
    until: number,
  ): Promise<readonly MinuteOf[]>;

  /** Writes events, their deliveries, their idempotency keys and the progress of sensing in one transaction. Writes nothing
   * when the answer is `stale`. `fold`: null for ready-made events. Without an acceptance only the progress is written. */
  accept(
    acceptances: readonly Acceptance[],
    fold: FoldProgress | null,
    entries?: readonly AcceptedEntry[],
  ): Promise<AcceptResult>;

  /** Makes the caller the owner of these shards, by default of all: of their lanes and of sensing, with a new epoch. The owner
   * before can write no more.
   *
   * Afterwards every owed delivery is spilled, so that `readDue` returns it, except those in quarantine. Deliveries that had
   * no attempt yet are due at once. Overdue retries are spread over `spreadMs`, so that they do not start together; after a
   * crash the 64 earliest of each class of a lane are due at once, since the crash may have interrupted them. No delivery
   * changes its class. A wall clock that was set back holds nothing up: no retry waits longer than `longest` from now;
   * without `longest` retries keep their time. */
  acquire(now: number, spreadMs: number, longest?: LongestWaits, shards?: Shards): Promise<Ownership>;

  /** Ends the ownership in order: the next owner does no crash recovery. */
  release(epoch: Epoch): Promise<void>;

  /** Marks deliveries as started, once more with each call. Settling clears the marks. A crash that finds two marks
   * quarantines the delivery. An owner sets the second only after a crash has found the first, and the crash before that found
   * none: so that is normally the third. Returns those that are marked: the others have ended, and must not be sent. */
  markStarted(epoch: Epoch, deliveries: readonly number[]): Promise<readonly number[]>;

  /** Clears marks of attempts that have ended no process: they are over, or take long. */
  clearMark(epoch: Epoch, deliveries: readonly number[]): Promise<void>;

  /** The last numbers given to lanes, in the order asked for; 0: none was. */
  lastSequences(lanes: readonly number[]): Promise<readonly number[]>;

  /** Stores the health of lanes for the next owner. */
  remember(epoch: Epoch, healths: readonly StoredLaneHealth[]): Promise<void>;

  /** Reads due spilled rows of lanes, one answer per read, in their order. Stops at 16 Mi characters of bodies in all;
   * `nextDue` of what was cut is then not later than `now`. The owner knows what is in flight: a read returns it once more.
   *
   * Of a lane in order it returns the first of each line and sets aside what it meets behind it, so that no read meets that
   * again; when the first has ended, the next can be read. What a read returned is alone in its line until it has ended or
   * failed, also where a delivery accepted before it can be read only then. Read without `inOrder` and without `latest`, the lane
   * lets all of them go. */
  readDue(epoch: Epoch, now: number, reads: readonly LaneRead[]): Promise<readonly LaneRows[]>;

  /** What others than this owner have accepted for its shards behind delivery number `after`: classes of lanes of which `readDue`
   * returns more, and up to which number this was looked at. Begins with `upTo` of the ownership and goes on with that of the
   * answer. Asked several times a second: costs next to nothing where nothing came. Where nobody else accepts, nothing comes. */
  readArrivals(epoch: Epoch, after: number): Promise<Arrivals>;

  /** Stores attempts, and ends their deliveries or makes them due again, in one transaction. If a delivery has ended
   * meanwhile, its attempt is stored and its state stays. In a lane in order the next of its line can be read from then on. */
  settle(epoch: Epoch, settlements: readonly Settlement[]): Promise<void>;

  /** Supersedes what waits in a lane that wants the latest states only, in one slice; a read does the same before it returns rows.
   * The caller has none of them in memory but those under way. `more`: call again. */
  supersede(
    epoch: Epoch,
    lane: number,
    latest: LatestOnly,
    now: number,
  ): Promise<Pick<LaneRows, "superseded" | "skipped"> & { readonly more: boolean }>;

  /** Leaves deliveries to `readDue` that were accepted for memory and found no room there. */
  spill(epoch: Epoch, deliveries: readonly number[], due: number): Promise<void>;

  /** Makes up to `limit` spilled deliveries of one class of a lane due now that wait for later, the one that was due last
   * first. Returns how many; fewer than `limit`: none is left. Deliveries that were attempted after `now` keep their
   * time, so that what fails while slice after slice is done is not hurried once more. */
  hasten(epoch: Epoch, lane: number, of: DeliveryClass, now: number, limit: number): Promise<number>;

  /** Makes this delivery due now if it is spilled and waits for later. Returns its class; null: there was nothing to do. */
  hastenOne(epoch: Epoch, delivery: number, now: number): Promise<DeliveryClass | null>;

  /** Ends up to `limit` deliveries of a lane as `cancelled`. Returns how many; fewer than `limit`: the lane is empty. */
  cancel(epoch: Epoch, lane: number, now: number, limit: number): Promise<number>;

  /** Ends as `cancelled` what these pending withdrawals take away, slice by slice: begins with 0 and goes on with what it
   * returns; null: all of it is cancelled, and they are no longer pending. */
  withdraw(epoch: Epoch, withdrawals: readonly number[], after: number, now: number): Promise<number | null>;

  /** Owes the event of a delivery to its subscription once more, as a new delivery of class `retry`, spilled and due now. A
   * delivery in quarantine becomes `cancelled`; any other stays as it is, so one that is still owed is then owed twice. null:
   * the event or the subscription does not exist any more. Throws CONFLICT where a withdrawal took the event away. */
  resend(delivery: number, now: number): Promise<{ readonly number: number; readonly lane: number } | null>;

  /** Owes events once more, each as a new delivery of class `replay`, spilled and due now, outside of any job: a job adds its
   * deliveries with `advanceReplay` [replays.ts]. Returns their numbers in the order given; 0 where the event or the
   * subscription does not exist any more, a withdrawal took the event away, or they belong to different organizations. */
  replay(deliveries: readonly ReplayedDelivery[], now: number): Promise<readonly number[]>;

  /** Removes what is older than the retention, in one slice of about `budgetMs`. Deliveries still owed of an event that goes
   * end as `expired`. Observations stay until sensing has folded them and will not read them again. */
  prune(epoch: Epoch, retention: PruneBefore, now: number, budgetMs: number): Promise<Pruned>;
}
