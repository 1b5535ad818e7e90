// What each peer is asked to do, and what it has in hand for it: a job for each delivery, signed, POSTed over HTTPS, its result kept.

import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Pool } from "undici";
import { eventText } from "../harness/events.ts";

export interface Work {
  /** Where the peer is installed. */
  readonly modules: string;
  readonly database: string;
  readonly origin: string;
  readonly ca: string;
  readonly connections: number;
  readonly first: number;
  readonly events: number;
}

/** What a job carries. */
export interface Job {
  readonly id: string;
  readonly path: string;
  readonly body: string;
}

export const requireFrom = (modules: string) => createRequire(join(modules, "package.json"));

/** Jobs in batches of 100, as those who ask Belfry send them. */
export function* batchesOf({ first, events }: Work): Generator<readonly Job[]> {
  for (let from = 0; from < events; from += 100) {
    const count = Math.min(100, events - from);
    yield Array.from({ length: count }, (_, index) => {
      const number = first + from + index;
      return { id: `event_${number}`, path: `/hook/${number % 64}`, body: eventText("org_000000", number) };
    });
  }
}

/** Sixteen at a time. */
export async function enqueueAll(work: Work, enqueue: (jobs: readonly Job[]) => Promise<unknown>): Promise<void> {
  const batches = batchesOf(work);
  const go = async (): Promise<void> => {
    for (let next = batches.next(); next.done !== true; next = batches.next()) await enqueue(next.value);
  };
  await Promise.all(Array.from({ length: 16 }, go));
}

/** Posts one; returns what is to be kept. */
export function createPost({ origin, ca, connections }: Work) {
  const pool = new Pool(origin, { connections, pipelining: 1, allowH2: false, connect: { ca } });
  const secret = Buffer.alloc(32, 1);
  return async ({ id, path, body }: Job): Promise<{ readonly status: number; readonly ms: number }> => {
    const begun = performance.now();
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
    const answer = await pool.request({
      method: "POST",
      path,
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": `v1,${signature}`,
      },
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`the receiver answered ${answer.statusCode}`);
    return { status: answer.statusCode, ms: Math.round(performance.now() - begun) };
  };
}

/** A peer, in a process of its own: says when it is ready, waits for the word, and says when all is done. */
export function runPeer(prepare: (work: Work) => Promise<() => Promise<void>>): void {
  process.once("message", (work: Work) => {
    void (async () => {
      const go = await prepare(work);
      process.once("message", () => void go().then(() => process.send!("done")));
      process.send!("ready");
    })();
  });
  process.once("disconnect", () => process.exit(0));
}
