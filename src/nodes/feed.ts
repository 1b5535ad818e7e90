// Follows what other processes have changed. It looks several times a second, and at once where somebody hints that there is
// something. Whoever must know of all that was written before a moment waits for a look that began after it.

import type { Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { ChangeFeed, ChangeKind, StoredChange } from "../store/changes.ts";
import { createLooking } from "./looking.ts";

export interface Feed extends Service {
  /** From this change on all are told; what was read after it was the newest has all that came before. */
  beginAt(change: number): void;
  /** There may be something new. */
  hurry(): void;
  /** Resolves once everything is told that was written before the call. Waits for as long as the database is away. */
  caughtUp(): Promise<void>;
  /** The same, for so long at most, ms: then it may not be told. Does not wait where the last look was as long ago. */
  caughtUpWithin(ms: number): Promise<void>;
  /** Everything is told that was written so long ago, ms. */
  ageMs(): number;
}

export interface FeedDeps {
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  /** How often it looks, ms. */
  readonly everyMs: number;
  readonly on: Readonly<Partial<Record<ChangeKind, (id: string) => Promise<void> | void>>>;
  /** Some changes may be missing: reads everything anew. */
  readonly onGap: () => Promise<void>;
}

const slice = 500;
const atOnce = 8;

export function createFeed({ changes, clock, random, log, everyMs, on, onGap }: FeedDeps): Feed {
  let position = 0;
  let toldAt = -Infinity;
  let running = false;
  /** Those who wait for the next look. One that is under way may have read already. */
  let waiting: PromiseWithResolvers<void> | null = null;

  async function tell(all: readonly StoredChange[]): Promise<void> {
    // Many changes of one thing are one.
    const distinct = [...new Map(all.map((each) => [`${each.kind} ${each.id}`, each])).values()];
    for (let from = 0; from < distinct.length; from += atOnce) {
      await Promise.all(distinct.slice(from, from + atOnce).map(async ({ kind, id }) => on[kind]?.(id)));
    }
  }

  async function step(): Promise<void> {
    const at = clock.monotonic();
    const told = waiting;
    waiting = null;
    try {
      await tellAll();
    } catch (error) {
      if (told !== null) void promiseOfNext().then(told.resolve);
      throw error;
    }
    toldAt = at;
    told?.resolve();
  }

  function promiseOfNext(): Promise<void> {
    waiting ??= Promise.withResolvers();
    return waiting.promise;
  }

  async function tellAll(): Promise<void> {
    for (;;) {
      const newest = await changes.changesAfter(position, slice);
      if (!newest.isComplete) {
        position = await changes.lastChange();
        await onGap();
        continue;
      }
      await tell(newest.changes);
      position = newest.changes.at(-1)?.number ?? position;
      if (newest.changes.length < slice) return;
    }
  }

  const looking = createLooking(step, {
    clock,
    random,
    everyMs,
    againMs: 0,
    onFailed: (err) =>
      log.warn("changes.not_followed", { err }, "What other nodes change cannot be read. Trying again."),
    onBack: () => log.info("changes.followed", {}, "What other nodes change is followed again."),
  });

  const ageMs = (): number => clock.monotonic() - toldAt;

  function caughtUp(): Promise<void> {
    if (!running) return Promise.resolve();
    const next = promiseOfNext();
    looking.hurry();
    return next;
  }

  return {
    beginAt: (change) => void (position = change),
    hurry: looking.hurry,
    caughtUp,
    async caughtUpWithin(ms) {
      if (ageMs() >= ms) return;
      let cancel = () => {};
      const over = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)));
      await Promise.race([caughtUp(), over]);
      cancel();
    },
    ageMs,
    async start() {
      running = true;
      await looking.start();
      await looking.idle();
    },
    async stop() {
      running = false;
      const stopped = looking.stop();
      waiting?.resolve();
      await stopped;
      waiting?.resolve();
    },
  };
}
