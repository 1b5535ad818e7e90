// The ids that senders gave, so that nothing is taken twice. Those that come singly, from one organization after another,
// would each cost a commit a page of their own: they are written in the order in which they come, kept in memory as well,
// and sorted in by organization a few with each commit.

import type { IdempotencyKey } from "../../ledger.ts";
import type { EngineContext } from "./engine-context.ts";

/** `new`: never seen, and remembered now. */
export type Seen = "new" | "duplicate" | "reused";

export interface IdempotencyKeys {
  /** `alone`: few of this organization come with it. */
  remember(organization: number, kind: number, input: IdempotencyKey, at: number, alone: boolean): Seen;
  /** Sorts in the next ones, if there are many, in a transaction that has remembered some: one that may only read must not
   * fail on a full disk. */
  extend(): void;
  /** Sorts in all; needs a transaction. */
  complete(): void;
  /** Must follow every rollback. */
  reset(): void;
}

const dayMs = 86_400_000;
export const dayOf = (at: number): number => Math.floor(at / dayMs);

/** Of one organization: so many that come together share a page anyway. */
export const together = 8;
/** Ids that are sorted in at a time, and how many of them with one commit: half a millisecond. */
const usual = { slice: 8_192, portion: 512 };

interface Entry {
  readonly number: number;
  readonly organization: number;
  readonly kind: number;
  readonly id: string;
  readonly hash: string;
  readonly day: number;
}

type Entries = ReadonlyMap<string, Entry>;

/** Entries that are being sorted in: first they are added to the others, then they are taken out of `recent_idempotency_key`. */
interface Sorting {
  readonly entries: Entries;
  readonly sorted: readonly Entry[];
  readonly last: number;
  added: number;
  /** The highest number that is taken out. */
  dropped: number;
}

export function createIdempotencyKeys(context: EngineContext, { slice, portion } = usual): IdempotencyKeys {
  const insert = context.prepare(
    "insert or ignore into idempotency_key (organization, kind, id, hash, day) values (?, ?, ?, ?, ?)",
  );
  const find = context.prepare("select hash from idempotency_key where organization = ? and kind = ? and id = ?");
  const append = context.prepare("insert into recent_idempotency_key values (?, ?, ?, ?, ?, ?)");
  const drop = context.prepare("delete from recent_idempotency_key where number > ? and number <= ?");
  const all = context.prepare(
    "select number, organization, kind, id, hash, day from recent_idempotency_key order by number",
  );
  let fresh = new Map<string, Entry>();
  let sorting: Sorting | null = null;
  let last = 0;
  let touched = false;

  function reset(): void {
    fresh = new Map();
    sorting = null;
    last = 0;
    touched = false;
    for (const row of all.iterate() as Iterable<unknown>) keep({ ...(row as Entry) });
  }

  function keep(entry: Entry): void {
    fresh.set(keyOf(entry.organization, entry.kind, entry.id), entry);
    last = entry.number;
  }

  /** The hash of one that is in memory. */
  function recall(organization: number, kind: number, id: string): string | undefined {
    if (fresh.size === 0 && sorting === null) return undefined;
    const key = keyOf(organization, kind, id);
    return (fresh.get(key) ?? sorting?.entries.get(key))?.hash;
  }

  function begin(): Sorting {
    const entries = fresh;
    fresh = new Map();
    const first = entries.values().next().value?.number ?? last + 1;
    return { entries, sorted: byPlace(entries), last, added: 0, dropped: first - 1 };
  }

  /** Whether there is nothing left to do. */
  function go(at: Sorting, count: number): boolean {
    if (at.added < at.sorted.length) {
      const end = Math.min(at.added + count, at.sorted.length);
      for (; at.added < end; at.added++) {
        const { organization, kind, id, hash, day } = at.sorted[at.added]!;
        insert.run(organization, kind, id, hash, day);
      }
      return false;
    }
    const upTo = Math.min(at.dropped + count, at.last);
    drop.run(at.dropped, upTo);
    at.dropped = upTo;
    return upTo === at.last;
  }

  reset();
  return {
    remember(organization, kind, { id, hash }, at, alone) {
      const known = recall(organization, kind, id);
      if (known !== undefined) return again(known, hash);
      const day = dayOf(at);
      if (!alone && insert.run(organization, kind, id, hash, day).changes === 1) {
        touched = true;
        return "new";
      }
      const before = find.get(organization, kind, id)?.["hash"];
      if (before !== undefined) return again(before as string, hash);
      touched = true;
      append.run(last + 1, organization, kind, id, hash, day);
      keep({ number: last + 1, organization, kind, id, hash, day });
      return "new";
    },
    extend() {
      if (!touched) return;
      touched = false;
      if (sorting === null && fresh.size < slice) return;
      sorting ??= begin();
      // The further ahead the senders are, the more at a time.
      if (go(sorting, portion + Math.max(fresh.size - slice, 0))) sorting = null;
    },
    complete() {
      while (sorting !== null || fresh.size > 0) {
        sorting ??= begin();
        if (go(sorting, slice)) sorting = null;
      }
    },
    reset,
  };
}

/** What earlier releases remembered is longer. */
const again = (known: string, hash: string): Seen => (known.startsWith(hash) ? "duplicate" : "reused");

const keyOf = (organization: number, kind: number, id: string): string => `${organization} ${kind} ${id}`;

/** Those of an organization lie on few pages, so they come one after another. */
function byPlace(entries: Entries): readonly Entry[] {
  const groups = Map.groupBy(entries.values(), ({ organization, kind }) => `${organization} ${kind}`);
  return [...groups.values()].flatMap((group) => group.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
}
