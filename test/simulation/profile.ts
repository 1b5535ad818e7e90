// What kind of run a seed makes: how large the house is, how small its limits, and how much goes wrong. Some runs are calm
// and some savage; limits are tiny, because small sizes reach the corners.

import { type DeliverySettings, deliveryDefaults, type RetentionSettings } from "../../src/delivery/settings.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export interface Profile {
  readonly settings: DeliverySettings;
  readonly janitor: Partial<RetentionSettings>;
  readonly organizations: number;
  readonly subscriptions: number;
  /** Bursts of offers, and offers in each at most. */
  readonly bursts: number;
  readonly burst: number;
  /** Chance per batch of calls that the store does this. */
  readonly store: {
    readonly busy: number;
    readonly full: number;
    readonly badRow: number;
    readonly io: number;
    readonly lost: number;
    readonly slow: number;
    /** Chance that it hardly works in the first minute of a process. */
    readonly shaky: number;
  };
  /** Chance per attempt that there is no socket for it. */
  readonly shortage: number;
  readonly crashes: number;
  readonly takeovers: number;
  readonly restarts: number;
  readonly jumps: number;
  readonly outages: number;
  readonly acts: number;
  /** Replay jobs beside those of the acts; half of them are cancelled soon. */
  readonly replays: number;
  /** Retries, resends and tests that owners ask for beside those of the acts, while much is under way. */
  readonly retries: number;
  /** Whether counters stand at the doors of rooms: what is told of these every minute makes most of a run. */
  readonly countsRooms: boolean;
  readonly sensing: {
    readonly bursts: number;
    /** Chance per burst that the model of the hall changes at its time. */
    readonly moved: number;
    /** Chance per burst that a process ends or stands still in it, or the clock jumps. */
    readonly struck: number;
  };
  /** Chance per subscription that it keeps the order of each subject. */
  readonly inOrder: number;
  /** Chance per subscription that it wants the latest states only. */
  readonly latest: number;
  /** Whether somebody has alerts of everything. */
  readonly tells: boolean;
  /** Acts beside the others that turn the order or the mode of a subscription. */
  readonly turns: number;
  /** Acts beside the others that change which events a subscription takes, in the moment in which events come. */
  readonly bindingChanges: number;
  /** Chance that a subscription has a rate limit, and acts that set or remove one. */
  readonly limited: number;
  readonly limits: number;
  /** Acts beside the others that enable one that is disabled. */
  readonly wakes: number;
  /** Timers come late by up to this, ms. */
  readonly lateness: number;
}

/** Longer than a timer of Node can be. */
const patient = 30 * day;

export function drawProfile(random: SeededRandom): Profile {
  const temper = random.fraction();
  const much = temper < 0.1 ? 0 : temper < 0.75 ? 1 : 3;
  const some = (most: number): number => (much === 0 ? 0 : random.whole(0, most * much));
  const rate = (most: number): number => (much === 0 ? 0 : random.between(0, most * much));
  const profile = {
    settings: drawSettings(random),
    janitor: {
      everyMs: random.pick([12, 24, 48]) * hour,
      eventsMs: random.pick([4, 7, 7]) * day,
      observationsMs: random.pick([15 * minute, 15 * minute, 12 * hour, day]),
      idempotencyKeysMs: 8 * day,
    },
    organizations: random.whole(1, 3),
    subscriptions: random.whole(4, 8),
    bursts: random.whole(8, 14),
    burst: random.pick([6, 10, 12, 16, 30]),
    store: {
      busy: rate(0.01),
      full: rate(0.01),
      badRow: rate(0.004),
      io: rate(0.001),
      lost: rate(0.01),
      slow: rate(0.02),
      shaky: much * 0.15,
    },
    crashes: some(2),
    takeovers: some(1),
    restarts: some(1),
    jumps: some(1),
    outages: much === 0 ? random.whole(0, 2) : random.whole(2, 4 * much),
    acts: random.whole(2, 10),
    lateness: random.pick([0, 1, 5, 500]),
    shortage: random.chance(0.3) ? rate(0.05) : 0,
    countsRooms: random.chance(0.03),
    sensing: { bursts: random.whole(1, 3), moved: random.pick([0, 0.5]), struck: much === 0 ? 0 : 0.7 },
    replays: random.whole(0, 2),
    limited: random.pick([0, 0.3]),
    limits: random.whole(0, 4),
    wakes: random.whole(0, 4),
    retries: random.whole(0, 4),
    inOrder: 0.3,
    latest: 0.3,
    turns: 0,
    bindingChanges: 0,
    tells: false,
  };
  return { ...profile, settings: { ...profile.settings, ...drawPatience(random) } };
}

/** After how long without a success a subscription is disabled. */
const drawPatience = (random: SeededRandom) => ({
  autoDisableMs: random.pick([0, hour, 6 * hour, day, 5 * day]),
  autoDisableAttempts: random.pick([3, 8, 20]),
});

function drawSettings(random: SeededRandom): DeliverySettings {
  const overall = random.pick([2, 3, 6, 12]);
  return {
    ...deliveryDefaults,
    caps: {
      subscription: random.whole(1, 4),
      organization: random.pick([1, 2, 4, 64]),
      host: random.pick([1, 2, 4, 64]),
      overall,
    },
    bufferRows: random.pick([1, 2, 3, 4, 8, 8, 32]),
    rowsInMemory: random.pick([2, 8, 32, 1000]),
    readLanes: random.pick([1, 2, 64]),
    readRows: random.pick([1, 4, 4096]),
    cancelSlice: random.pick([1, 3, 1000]),
    unloadMs: random.pick([5 * second, 30 * second]),
    spreadMs: random.pick([0, 1, 60]) * second,
    heartbeatMs: random.pick([30 * minute, 2 * hour, patient]),
    drainMs: random.pick([1, 20]) * second,
  };
}

/** Runs of one kind, beside those that the seed draws: what the seed draws is changed like this. */
export const cases = {
  /** Many starts after the clock was set back, each of which gives all retries of an age the same due time, in lanes that
   * read few rows at a time. */
  "rows due in the same millisecond": (profile) => ({
    ...profile,
    restarts: 8,
    jumps: 12,
    outages: 8,
    burst: 30,
    settings: { ...profile.settings, spreadMs: 0, bufferRows: 4, rowsInMemory: 1000, readRows: 4096, breakAfter: 1000 },
  }),
  /** Limits that bind, changed often, over many ends of a process. */
  "rate limits": (profile) => ({
    ...profile,
    limited: 0.8,
    limits: 12,
    burst: 30,
    crashes: 6,
    restarts: 4,
    takeovers: 2,
    settings: { ...profile.settings, rowsInMemory: 1000, autoDisableMs: 0 },
  }),
  /** Long outages, and little patience with them. */
  "failing for long": (profile) => ({
    ...profile,
    outages: 10,
    restarts: 6,
    wakes: 24,
    settings: { ...profile.settings, autoDisableMs: 2 * hour, autoDisableAttempts: 6, probeMostMs: 10 * minute },
  }),
  /** Many jobs that add much, while answers of the store are lost. */
  "replay jobs": (profile) => ({
    ...profile,
    replays: 16,
    store: { ...profile.store, lost: 0.1 },
    settings: { ...profile.settings, bufferRows: 32, rowsInMemory: 1000 },
  }),
  /** Owners who know no patience, in a house where much fails. */
  "owners who retry": (profile) => ({
    ...profile,
    retries: 60,
    outages: 10,
    jumps: 0,
    settings: { ...profile.settings, cancelSlice: 1 },
  }),
  /** All keep order, much fails, and processes end. */
  "latest only": (profile) => ({ ...profile, inOrder: 0.2, latest: 1, outages: 8, restarts: 4, crashes: 4, burst: 30 }),
  /** Somebody is told of receivers that fail, over many ends of a process. */
  "alerts told": (profile) => ({
    ...profile,
    tells: true,
    outages: 12,
    restarts: 2,
    crashes: 2,
    burst: 30,
    settings: { ...profile.settings, probeMostMs: 20 * minute },
  }),
  /** Order and mode are turned while deliveries fail, wait and are under way. */
  "order and mode turned": (profile) => ({ ...profile, turns: 40, outages: 10, restarts: 4, crashes: 2, burst: 30 }),
  /** One slot for all, and receivers that take long: whoever waits for it waits for minutes. */
  "a single slot": (profile) => ({
    ...profile,
    outages: 12,
    burst: 30,
    settings: {
      ...profile.settings,
      caps: { subscription: 1, organization: 64, host: 64, overall: 1 },
      breakAfter: 1000,
      autoDisableMs: 0,
    },
  }),
  /** What a subscription takes changes between the matching of an event and its commit. */
  "changed as events come": (profile) => ({ ...profile, bindingChanges: 60, burst: 30 }),
  "lanes in order": (profile) => ({
    ...profile,
    inOrder: 1,
    latest: 0.2,
    outages: 8,
    restarts: 4,
    crashes: 4,
    burst: 30,
  }),
} as const satisfies Record<string, (profile: Profile) => Profile>;

export type Case = keyof typeof cases;

/** The rate limit of one subscription. */
export const drawLimit = (random: SeededRandom) => ({
  perSecond: random.pick([0.2, 1, 3, 20]),
  burst: random.pick([1, 1, 2.5, 8]),
});

/** Delays of one subscription; null: the default of the installation. */
export function drawDelays(random: SeededRandom): readonly number[] | null {
  return random.pick([
    null,
    null,
    null,
    [5 * second, 5 * minute, hour],
    [second, 10 * second, minute, 10 * minute, hour, 5 * hour],
    [],
    [minute, patient],
  ]);
}
