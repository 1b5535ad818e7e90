// Port: which events were handled already. An id is first claimed, then kept when its handler is done or let go when it
// failed: whoever marks an id before the work is done loses the event when the work fails.

import { createHash } from "node:crypto";

/** The right to handle one event now. */
export interface Claim {
  /** It is handled: from now on its id is `done`. */
  keep(): unknown;
  /** It was not: the next attempt may claim it. */
  release(): unknown;
}

/** Keep ids at least as long as the sender retries; Belfry does so for up to 91 hours. Every verb may be asynchronous. */
export interface Seen {
  /** `done`: handled before. `running`: somebody is at it, and how it ends is not known yet. */
  claim(id: string): Claim | "done" | "running" | Promise<Claim | "done" | "running">;
}

export interface MemorySeenOptions {
  /** Ids that are remembered at most; the oldest go first. Default 50,000, about 10 MB. */
  readonly most?: number;
  /** How long an id is remembered, ms. Default 4 days: longer than Belfry retries. */
  readonly keepMs?: number;
  /** Now, in ms since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** Longer ids are remembered by their hash. */
const longestId = 128;

/** Within this process. After a restart, or beside a second process, an event may be handled once more. */
export function memorySeen(options: MemorySeenOptions = {}): Seen {
  const { most = 50_000, keepMs = 4 * 24 * 3600 * 1000, now = Date.now } = options;
  const running = new Set<string>();
  /** Id → when it is forgotten; in the order in which they were kept. */
  const done = new Map<string, number>();

  const forget = (): void => {
    const time = now();
    for (const [id, until] of done) {
      if (until > time && done.size <= most) return;
      done.delete(id);
    }
  };

  return {
    claim(given) {
      const id = given.length <= longestId ? given : createHash("sha256").update(given).digest("base64url");
      forget();
      if (done.has(id)) return "done";
      if (running.has(id)) return "running";
      running.add(id);
      return {
        keep() {
          running.delete(id);
          done.delete(id);
          done.set(id, now() + keepMs);
          forget();
        },
        release: () => void running.delete(id),
      };
    },
  };
}
