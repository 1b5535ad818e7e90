// The ids that senders gave, by which a repeat is recognized. An id of an organization that sends one at a time would cost
// its commit a page of its own: such ids are first written in the order in which they come, and sorted in behind the work.

import type { IdempotencyKey } from "../../acceptance.ts";
import type { EngineContext } from "./engine-context.ts";
import { createRecentKeys } from "./recent-keys.ts";
import { createSortBehind, usualPace } from "./sort-behind.ts";

/** `new`: not seen before, and remembered now. `reused`: seen with other content. */
export type Seen = "new" | "duplicate" | "reused";

export interface IdempotencyKeys {
  /** `at`: when it was accepted, epoch ms. `alone`: few of this organization come with it. */
  remember(organization: number, kind: number, key: IdempotencyKey, at: number, alone: boolean): Seen;
  /** Must come last in a transaction. */
  extend(): void;
  /** Sorts all of them in; needs a transaction. */
  complete(): void;
  /** Must follow every rollback. */
  reset(): void;
}

const dayMs = 86_400_000;
export const dayOf = (at: number): number => Math.floor(at / dayMs);

/** So many ids of one organization that come together share a page anyway. */
export const together = 8;

export function createIdempotencyKeys(context: EngineContext, pace = usualPace): IdempotencyKeys {
  const insert = context.prepare(
    "insert or ignore into idempotency_key (organization, kind, id, hash, day) values (?, ?, ?, ?, ?)",
  );
  const find = context.prepare("select hash from idempotency_key where organization = ? and kind = ? and id = ?");
  const recent = createRecentKeys(context, insert);
  let written = 0;
  const behind = createSortBehind({ written: () => written, waiting: recent.waiting, begin: recent.begin }, pace);

  return {
    remember(organization, kind, { id, hash }, at, alone) {
      const known = recent.hash(organization, kind, id);
      if (known !== undefined) return again(known, hash);
      const day = dayOf(at);
      if (alone || insert.run(organization, kind, id, hash, day).changes === 0) {
        const before = find.get(organization, kind, id)?.["hash"];
        if (before !== undefined) return again(before as string, hash);
        recent.append({ organization, kind, id, hash, day });
      }
      written++;
      return "new";
    },
    extend: behind.extend,
    complete: () => behind.finish(1),
    reset() {
      recent.reset();
      behind.reset();
    },
  };
}

/** Earlier releases stored a longer hash. */
const again = (known: string, hash: string): Seen => (known.startsWith(hash) ? "duplicate" : "reused");
