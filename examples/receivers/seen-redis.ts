// Which events were handled, kept in Redis: for receivers of several processes. Written against the interface of the
// `redis` package; with `ioredis`, say set(key, value, "EX", seconds, "NX") instead. Copy it.
//
//   const receiver = createReceiver({ secret, seen: redisSeen(await createClient().connect()) });

import { randomUUID } from "node:crypto";
import type { Seen } from "@belfry/receiver";

/** As much of a Redis client as is needed. */
export interface RedisClient {
  /** Null: the key is there already, and `NX` was asked for. */
  set(key: string, value: string, options?: { NX?: true; EX: number }): Promise<unknown>;
  get(key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

export interface RedisSeenOptions {
  readonly prefix?: string;
  /** How long an id is remembered. Default 4 days: longer than Belfry retries. */
  readonly keepSeconds?: number;
  /** A handler that runs longer than this counts as crashed, and the next attempt may begin. Default a minute. */
  readonly claimSeconds?: number;
}

const done = "done";

export function redisSeen(client: RedisClient, options: RedisSeenOptions = {}): Seen {
  const { prefix = "belfry:seen:", keepSeconds = 4 * 24 * 3600, claimSeconds = 60 } = options;
  return {
    async claim(id) {
      const key = prefix + id;
      const mine = randomUUID();
      if ((await client.set(key, mine, { NX: true, EX: claimSeconds })) === null) {
        return (await client.get(key)) === done ? "done" : "running";
      }
      return {
        keep: () => client.set(key, done, { EX: keepSeconds }),
        async release() {
          // Somebody else's by now, when this took longer than a claim lasts.
          if ((await client.get(key)) === mine) await client.del(key);
        },
      };
    },
    // For onGap, which one process alone can follow. Each subscription needs a prefix of its own.
    numbers: {
      read: async () => (await client.get(`${prefix}numbers`)) as string | null,
      write: (numbers) => client.set(`${prefix}numbers`, numbers),
    },
  };
}
