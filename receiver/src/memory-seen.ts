// Remembers handled events in this process: the default of a receiver. An event may be handled again after a restart, or by
// another process.

import { createHash } from "node:crypto";
import type { Seen } from "./seen.ts";

export interface MemorySeenOptions {
  /** How many ids are remembered; the oldest are forgotten first. Default 50,000, about 10 MB. */
  readonly maxIds?: number;
  /** How long an id is remembered, ms. Default 4 days: longer than Belfry retries. */
  readonly keepMs?: number;
  /** Current time, ms since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** Longer ids are remembered by their hash. */
const longestId = 128;

/** Throws a TypeError for an option that is not a number greater than 0. */
export function memorySeen(options: MemorySeenOptions = {}): Seen {
  const { maxIds = 50_000, keepMs = 4 * 24 * 3600 * 1000, now = Date.now } = options;
  if (!(maxIds > 0 && keepMs > 0)) throw new TypeError("maxIds and keepMs must be numbers greater than 0.");
  const running = new Set<string>();
  /** Id → when it is forgotten. Oldest first. */
  const done = new Map<string, number>();

  const forgetOld = (): void => {
    const time = now();
    for (const [id, until] of done) {
      if (until > time && done.size <= maxIds) return;
      done.delete(id);
    }
  };

  return {
    claim(given) {
      const id = given.length <= longestId ? given : createHash("sha256").update(given).digest("base64url");
      forgetOld();
      if (done.has(id)) return "done";
      if (running.has(id)) return "running";
      running.add(id);
      return {
        keep() {
          running.delete(id);
          done.set(id, now() + keepMs);
        },
        release: () => void running.delete(id),
      };
    },
  };
}
