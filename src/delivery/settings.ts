// Every number of the delivery engine, with its unit and its reason. One object; the composition root may change any of
// them, nothing else does.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export interface DeliverySettings {
  /** Attempts in flight at most. */
  readonly caps: {
    /** Per subscription that names no number of its own (1–64). */
    readonly subscription: number;
    readonly organization: number;
    /** Per name and port of an endpoint, over all organizations. */
    readonly host: number;
    /** In all, until the outcome is durable: what a kill can send twice. Memory and sockets, not scheduling. */
    readonly overall: number;
  };
  /** An attempt that runs longer than this, ms, is slow. */
  readonly slowMs: number;
  /** The part of all slots that slow attempts, and attempts of lanes not known to be quick, can hold together. A lane is
   * quick when its last attempt succeeded within `slowMs`; a new one is not. */
  readonly slowShare: number;
  /** While live deliveries wait, over all lanes: the part of the starts that retries and replays get, as long as they hold
   * no larger part of the slots. */
  readonly lowerShare: number;
  /** While several classes wait in a lane, one in so many of its starts goes to a lower one. */
  readonly laneLowerEvery: number;

  /** Rows of one lane in memory, at most. */
  readonly bufferRows: number;
  /** Rows of all lanes in memory, and the length of their bodies; beyond either a lane reads one at a time. */
  readonly rowsInMemory: number;
  readonly bytesInMemory: number;
  /** Lanes, and rows, that one read of the store asks for. */
  readonly readLanes: number;
  readonly readRows: number;

  /** Deadline of an attempt, ms, for subscriptions that name none, as those of ButterflyMX. */
  readonly timeoutMs: number;
  /** The longest deadline of any attempt, ms. */
  readonly longestTimeoutMs: number;
  /** Delays between attempts, ms, for subscriptions that name none; as many retries as delays. */
  readonly retryDelays: readonly number[];
  /** Each delay is drawn from ± this part of itself. */
  readonly jitter: number;
  /** A receiver's Retry-After counts up to here, ms. */
  readonly retryAfterMostMs: number;
  /** How long a lane waits after 429, 502, 503 or 504 without a Retry-After, ms. */
  readonly throttleMs: number;
  /** A lane that backs off for at least this long, ms, gives its memory back, and keeps its back-off over a restart. */
  readonly unloadMs: number;
  /** A lane whose attempt found no file or port left on this machine tries again after so long, ms. */
  readonly shortageMs: number;
  /** So many failures in a row open the breaker of a lane; probes follow the retry delays, at most this far apart, ms. */
  readonly breakAfter: number;
  readonly probeMostMs: number;
  /** A subscription without a success for so long, ms, is disabled, once so many attempts have failed in that time; 0 ms:
   * never. Notices come at 50, 75 and 90 % of it. */
  readonly autoDisableMs: number;
  readonly autoDisableAttempts: number;

  /** Retries that are overdue at a start, or by a jump of the clock, are spread over this, ms. */
  readonly spreadMs: number;
  /** Wall time that runs ahead by more than this, ms, is a jump. */
  readonly jumpMs: number;
  /** A sleeping engine looks at the clock this often, ms, so that it notices a jump. */
  readonly heartbeatMs: number;
  /** For so long a start after a crash tries, before anything else, what was marked as started at that crash, ms. */
  readonly recoveryMostMs: number;
  /** After a crash each class of a lane marks what is owed from before it for so long, ms, one at a time: what it can have
   * ended within two groups of outcomes. */
  readonly recoveryMarkMs: number;
  /** How long a stop waits for attempts in flight, ms. */
  readonly drainMs: number;
  /** Outcomes are written in groups that begin this far apart, ms, or with so many outcomes; a kill sends them twice. */
  readonly settleEveryMs: number;
  readonly settleAtOnce: number;
  /** Rows that one slice changes of a cancellation, or of a retry that an owner asks for. */
  readonly cancelSlice: number;
  /** Pauses between tries of a store call that failed, ms: the first, then doubling up to the last. */
  readonly backoffMs: { readonly first: number; readonly most: number };
}

export const deliveryDefaults: DeliverySettings = {
  caps: { subscription: 4, organization: 64, host: 64, overall: 2048 },
  slowMs: 1 * second,
  slowShare: 0.5,
  lowerShare: 0.2,
  laneLowerEvery: 10,

  bufferRows: 256,
  rowsInMemory: 65_536,
  bytesInMemory: 64 * 1024 * 1024,
  readLanes: 64,
  readRows: 4096,

  timeoutMs: 5 * second,
  longestTimeoutMs: 30 * second,
  retryDelays: [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
  jitter: 0.2,
  retryAfterMostMs: 1 * day,
  throttleMs: 5 * second,
  unloadMs: 30 * second,
  shortageMs: 1 * second,
  breakAfter: 5,
  probeMostMs: 30 * minute,
  autoDisableMs: 5 * day,
  autoDisableAttempts: 20,

  spreadMs: 1 * minute,
  jumpMs: 10 * second,
  heartbeatMs: 30 * second,
  recoveryMostMs: 3 * second,
  recoveryMarkMs: 1 * second,
  drainMs: 20 * second,
  settleEveryMs: 10,
  settleAtOnce: 256,
  cancelSlice: 1000,
  backoffMs: { first: 100, most: 5 * second },
};

export interface RetentionSettings {
  /** How long events with their attempts, observations, input ids, minutes, and entries are kept, ms. */
  readonly eventsMs: number;
  readonly observationsMs: number;
  readonly idempotencyKeysMs: number;
  readonly minutesMs: number;
  readonly entriesMs: number;
  /** From the end of one round to the next, ms. */
  readonly everyMs: number;
  /** The longest that one slice may keep the store busy, ms. */
  readonly budgetMs: number;
  /** Pause between slices, ms: while deliveries are under way, and while there are none. */
  readonly busyGapMs: number;
  readonly idleGapMs: number;
}

export const retentionDefaults: RetentionSettings = {
  eventsMs: 7 * day,
  observationsMs: 1 * day,
  idempotencyKeysMs: 7 * day,
  minutesMs: 400 * day,
  entriesMs: 30 * day,
  everyMs: 1 * hour,
  budgetMs: 50,
  busyGapMs: 1 * second,
  idleGapMs: 50,
};
