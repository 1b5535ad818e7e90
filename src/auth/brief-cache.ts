// What the store said a moment ago, so that it is not asked at every request. Together with the read itself a moment is well
// under the 5 s within which a revocation must count; whoever changes something makes it forgotten at once, here and, where
// several processes share the store, in all of them before they take their next request.

import type { Clock } from "../clock.ts";

export interface BriefCache<Value> {
  get(id: string): Promise<Value>;
  /** Reads this one anew at its next use. */
  forget(id: string): void;
  forgetAll(): void;
}

export const keepMs = 3_000;
export const kept = 10_000;

/** Caches of one process that hear together of what others have changed. */
export interface BriefCaches {
  /** Whether that is heard: else the store is asked each time. */
  isHearing(): boolean;
  add(cache: Pick<BriefCache<unknown>, "forget" | "forgetAll">): void;
  forget(id: string): void;
  forgetAll(): void;
}

export function createBriefCaches(isHearing: () => boolean = () => true): BriefCaches {
  const caches: Pick<BriefCache<unknown>, "forget" | "forgetAll">[] = [];
  return {
    isHearing,
    add: (cache) => void caches.push(cache),
    forget: (id) => caches.forEach((cache) => cache.forget(id)),
    forgetAll: () => caches.forEach((cache) => cache.forgetAll()),
  };
}

export function createBriefCache<Value>(
  clock: Pick<Clock, "monotonic">,
  read: (id: string) => Promise<Value>,
  caches: BriefCaches = createBriefCaches(),
): BriefCache<Value> {
  const cache = new Map<string, { readonly value: Promise<Value>; readonly until: number }>();
  const made: BriefCache<Value> = {
    get(id) {
      const now = clock.monotonic();
      const found = cache.get(id);
      if (found !== undefined && found.until > now && caches.isHearing()) return found.value;
      const value = read(id);
      cache.delete(id);
      cache.set(id, { value, until: now + keepMs });
      if (cache.size > kept) cache.delete(cache.keys().next().value!);
      // A failed read must not be remembered as an answer.
      value.catch(() => cache.delete(id));
      return value;
    },
    forget: (id) => void cache.delete(id),
    forgetAll: () => cache.clear(),
  };
  caches.add(made);
  return made;
}
