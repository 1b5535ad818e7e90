// A sender of ready-made events that never gives up and remembers what it was told: an event whose answer was lost is sent
// again until the server says accepted or duplicate.

import { Agent, request } from "undici";
import { atEnd, pause } from "./places.ts";
import type { Server } from "./server.ts";

export const building = 7;

export interface Load {
  /** Numbers of events that the server has taken, by its own word. */
  readonly acknowledged: ReadonlySet<number>;
  /** By the id that the server gave the request: the event that it took with it. */
  readonly requests: ReadonlyMap<string, number>;
  /** When each was sent for the first time, epoch ms. */
  readonly sentAt: ReadonlyMap<number, number>;
  /** Which worker sent each. */
  readonly workerOf: ReadonlyMap<number, number>;
  /** Answers other than 202, by status. */
  readonly refusals: ReadonlyMap<number, number>;
  /** Refusals with 503 or 507 that did not say when to come again. */
  impolite(): number;
  /** Sends from so many workers until `stop`; survives a server that is gone. Pauses are `gapMs` on average. */
  start(workers: number, gapMs: number): void;
  /** Where to send from now on: to one, or each time to any of several; null: nowhere, for now. */
  to(server: Server | readonly Server[] | null): void;
  /** Starts no new events; resolves when all that were begun are acknowledged. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** So many events, then no more. */
  readonly most?: number;
  /** Added to the about 300 bytes of every event. */
  readonly extraBytes?: number;
  /** Events in one request. `requests` names the first of them. */
  readonly batch?: number;
  /** Buildings that events are about, from `building` on. Each worker is in one, and its events are about one access point of its
   * own, one after the other: they are accepted in the order of their numbers. Default: all are about the same. */
  readonly buildings?: number;
}

/** An entry with a body of about 300 bytes. */
const eventOf = (id: number, extraBytes: number, accessPoint: number): string =>
  JSON.stringify({
    event: {
      resource_type: "access_log",
      action: "create",
      data: {
        id,
        logged_at: "2026-06-17T10:12:19Z",
        access_point: accessPoint,
        entry_method: "Swipe to open",
        release_status: "Unlocked",
        name: "Alia Atredis",
        image_url: `https://cdn.example/${"x".repeat(60 + extraBytes)}.png`,
      },
    },
  });

/** One event as an object, several as an array. */
function textOf(first: number, count: number, extraBytes: number, accessPoint: number): string {
  if (count === 1) return eventOf(first, extraBytes, accessPoint);
  return `[${Array.from({ length: count }, (_, index) => eventOf(first + index, extraBytes, accessPoint)).join(",")}]`;
}

const onlyAccessPoint = 22177636;

export function createLoad({ most = Infinity, extraBytes = 0, batch = 1, buildings }: LoadOptions = {}): Load {
  const acknowledged = new Set<number>();
  const requests = new Map<string, number>();
  const sentAt = new Map<number, number>();
  const workerOf = new Map<number, number>();
  const refusals = new Map<number, number>();
  const agent = new Agent({ connections: 128, pipelining: 1, connect: { timeout: 2_000 } });
  let targets: readonly Server[] = [];
  let going = true;
  let impolite = 0;
  let workers: Promise<void>[] = [];
  let begun = 0;
  // Whoever waits for it has failed then.
  let abandoned = false;
  atEnd(() => {
    abandoned = true;
    return agent.destroy();
  });

  /** true: taken. */
  async function send(id: number, count: number, worker: number): Promise<boolean> {
    const server = targets[Math.floor(Math.random() * targets.length)];
    if (server === undefined) return false;
    const where = building + (worker % (buildings ?? 1));
    const accessPoint = buildings === undefined ? onlyAccessPoint : onlyAccessPoint + worker;
    try {
      const answer = await request(`${server.url}/v1/events?dialect=butterflymx&building=${where}`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.key}`, "content-type": "application/json" },
        body: textOf(id, count, extraBytes, accessPoint),
        dispatcher: agent,
        headersTimeout: 60_000,
      });
      const { statusCode, headers } = answer;
      const text = await answer.body.text();
      if (statusCode === 202) {
        const { accepted, duplicates } = JSON.parse(text) as { accepted: number; duplicates: number };
        if (accepted + duplicates === count) {
          requests.set(String(headers["x-request-id"]), id);
          return true;
        }
      }
      refusals.set(statusCode, (refusals.get(statusCode) ?? 0) + 1);
      if ((statusCode === 503 || statusCode === 507) && headers["retry-after"] === undefined) impolite++;
    } catch {
      // The server went away, before or after it took the event: nobody knows.
    }
    return false;
  }

  async function work(gapMs: number, worker: number): Promise<void> {
    while (going && !abandoned && begun < most) {
      const id = begun + 1;
      const count = Math.min(batch, most - begun);
      begun += count;
      for (let each = id; each < id + count; each++) {
        sentAt.set(each, Date.now());
        workerOf.set(each, worker);
      }
      while (!(await send(id, count, worker))) {
        if (abandoned) return;
        await pause(20);
      }
      for (let each = id; each < id + count; each++) acknowledged.add(each);
      if (gapMs > 0) await pause(gapMs * 2 * Math.random());
    }
  }

  return {
    acknowledged,
    requests,
    sentAt,
    workerOf,
    refusals,
    impolite: () => impolite,
    to: (server) => (targets = server === null ? [] : [server].flat()),
    start(count, gapMs) {
      going = true;
      workers = Array.from({ length: count }, (_, worker) => work(gapMs, worker));
    },
    async stop() {
      going = false;
      await Promise.all(workers);
      workers = [];
    },
  };
}
