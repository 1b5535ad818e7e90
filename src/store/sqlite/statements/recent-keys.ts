// The ids of senders that came singly, in the order in which they came: on the disk in `recent_idempotency_key`, and in
// memory, by which they are found. Slices of them go to `idempotency_key`, where all others are.

import type { StatementSync } from "node:sqlite";
import type { EngineContext } from "./engine-context.ts";
import type { Slice } from "./sort-behind.ts";

export interface KeyEntry {
  readonly organization: number;
  readonly kind: number;
  readonly id: string;
  readonly hash: string;
  readonly day: number;
}

interface Numbered extends KeyEntry {
  readonly number: number;
}

type Entries = ReadonlyMap<string, Numbered>;

export interface RecentKeys {
  /** The hash that came with an id; undefined: it is not among these. */
  hash(organization: number, kind: number, id: string): string | undefined;
  append(entry: KeyEntry): void;
  /** How many are in no slice yet. */
  waiting(): number;
  /** Takes all that wait. First adds them to `idempotency_key`, then removes them here. */
  begin(): Slice;
  /** Must follow every rollback. */
  reset(): void;
}

const none: Entries = new Map();

/** `insert` adds one to `idempotency_key`, unless it is there. */
export function createRecentKeys(context: EngineContext, insert: StatementSync): RecentKeys {
  const append = context.prepare("insert into recent_idempotency_key values (?, ?, ?, ?, ?, ?)");
  const remove = context.prepare("delete from recent_idempotency_key where number > ? and number <= ?");
  const all = context.prepare(
    "select number, organization, kind, id, hash, day from recent_idempotency_key order by number",
  );
  let waiting = new Map<string, Numbered>();
  let inSlice = none;
  let last = 0;

  const keep = (entry: Numbered): void => {
    waiting.set(keyOf(entry.organization, entry.kind, entry.id), entry);
    last = entry.number;
  };

  const reset = (): void => {
    waiting = new Map();
    inSlice = none;
    last = 0;
    for (const row of all.iterate() as Iterable<unknown>) keep({ ...(row as Numbered) });
  };
  reset();

  return {
    hash(organization, kind, id) {
      if (waiting.size === 0 && inSlice.size === 0) return undefined;
      const key = keyOf(organization, kind, id);
      return (waiting.get(key) ?? inSlice.get(key))?.hash;
    },
    append(entry) {
      const { organization, kind, id, hash, day } = entry;
      append.run(last + 1, organization, kind, id, hash, day);
      keep({ ...entry, number: last + 1 });
    },
    waiting: () => waiting.size,
    begin() {
      const entries = (inSlice = waiting);
      waiting = new Map();
      return sliceOf(entries, last, insert, remove, () => (inSlice = none));
    },
    reset,
  };
}

function sliceOf(
  entries: Entries,
  upTo: number,
  insert: StatementSync,
  remove: StatementSync,
  done: () => void,
): Slice {
  const rows = byPlace(entries);
  let added = 0;
  let removed = (entries.values().next().value?.number ?? upTo + 1) - 1;
  return {
    advance(count) {
      if (added < rows.length) {
        for (const { organization, kind, id, hash, day } of rows.slice(added, added + count)) {
          insert.run(organization, kind, id, hash, day);
        }
        added += count;
        return false;
      }
      const next = Math.min(removed + count, upTo);
      remove.run(removed, next);
      removed = next;
      if (removed < upTo) return false;
      done();
      return true;
    },
  };
}

const keyOf = (organization: number, kind: number, id: string): string => `${organization} ${kind} ${id}`;

/** By organization and kind, then by id: neighbours in the table come one after another. */
function byPlace(entries: Entries): readonly Numbered[] {
  const groups = Map.groupBy(entries.values(), ({ organization, kind }) => `${organization} ${kind}`);
  return [...groups.values()].flatMap((group) => group.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
}
