// Follows what other processes have changed. It looks several times a second, and at once where somebody hints that there is
// something. Whoever must know of all that was written before a moment waits for a look that began after it.

import type { Cancel, Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { ChangeFeed, ChangeKind, StoredChange } from "../store/changes.ts";

export interface Feed extends Service {
  /** From this change on all are told; what was read after it was the newest has all that came before. */
  beginAt(change: number): void;
  /** There may be something new. */
  hurry(): void;
  /** Resolves once everything is told that was written before the call. Waits for as long as the database is away. */
  caughtUp(): Promise<void>;
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
  let cancel: Cancel | null = null;
  let looking: Promise<void> | null = null;
  let again = false;
  let failed = 0;
  let waiting: { readonly since: number; readonly resolve: () => void }[] = [];

  async function tell(all: readonly StoredChange[]): Promise<void> {
    // Many changes of one thing are one.
    const distinct = [...new Map(all.map((each) => [`${each.kind} ${each.id}`, each])).values()];
    for (let from = 0; from < distinct.length; from += atOnce) {
      await Promise.all(distinct.slice(from, from + atOnce).map(async ({ kind, id }) => on[kind]?.(id)));
    }
  }

  async function step(): Promise<void> {
    const at = clock.monotonic();
    for (;;) {
      const newest = await changes.changesAfter(position, slice);
      if (!newest.isComplete) {
        position = await changes.lastChange();
        await onGap();
        continue;
      }
      await tell(newest.changes);
      position = newest.changes.at(-1)?.number ?? position;
      if (newest.changes.length < slice) break;
    }
    toldAt = at;
    const told = waiting.filter(({ since }) => since <= at);
    waiting = waiting.filter(({ since }) => since > at);
    for (const { resolve } of told) resolve();
  }

  async function tryStep(): Promise<void> {
    again = false;
    try {
      await step();
      if (failed > 0) log.info("changes.followed", {}, "What other nodes change is followed again.");
      failed = 0;
    } catch (err) {
      if (failed++ === 0)
        log.warn("changes.not_followed", { err }, "What other nodes change cannot be read. Trying again.");
    }
  }

  function look(): void {
    if (looking !== null || !running) return void (again = true);
    cancel?.();
    looking = tryStep().finally(() => {
      looking = null;
      if (!running) return;
      const isNow = failed === 0 && (again || waiting.length > 0);
      cancel = clock.after(isNow ? 0 : everyMs * (0.75 + random.fraction() / 2), look);
    });
  }

  return {
    beginAt: (change) => void (position = change),
    hurry: look,
    caughtUp() {
      if (!running) return Promise.resolve();
      const since = clock.monotonic();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ since, resolve });
      look();
      return promise;
    },
    ageMs: () => clock.monotonic() - toldAt,
    async start() {
      running = true;
      look();
      await looking;
    },
    async stop() {
      running = false;
      cancel?.();
      for (const { resolve } of waiting) resolve();
      waiting = [];
      await looking;
    },
  };
}
