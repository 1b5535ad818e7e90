// Sends a recording to a server: in order, in batches, at the pace asked for, and again for as long as the server is
// away. Nothing is lost: a batch is sent until it was answered, and the ids in it make a second sending harmless.

import type { Clock } from "../clock.ts";
import { CommandFailure } from "./failure.ts";
import { asRecord, asText } from "./json.ts";
import { type OperatorClient, refusal, type Reply, Unreachable } from "./operator-client.ts";
import type { Progress } from "./progress.ts";
import type { Recorded } from "./recording.ts";
import { waitFor } from "./waiting.ts";

export interface Replay {
  readonly client: OperatorClient;
  readonly clock: Clock;
  readonly interrupted: AbortSignal;
  readonly progress: Progress;
  /** How many times faster than it was recorded; Infinity: as fast as the server takes it. */
  readonly speed: number;
  /** Most observations in one request. */
  readonly batch: number;
  /** Whose sensors they are of: ids are unique within an organization. Absent: the key's, or wherever they are found. */
  readonly organization?: string;
  /** Done once, before the first observation is sent: a file that holds none changes nothing on the server. */
  readonly before?: () => Promise<void>;
}

interface RejectedRow {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface Summary {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** The first few. */
  readonly reasons: readonly RejectedRow[];
  /** Requests that had to be sent again. */
  readonly resent: number;
  readonly seconds: number;
  /** false: stopped by Ctrl-C before the end. */
  readonly complete: boolean;
}

const reasonsKept = 5;
const batchBytes = 256 * 1024;
const firstPauseMs = 100;
const longestPauseMs = 2000;
const patience = 10;

type Sendable = Extract<Recorded, { readonly text: string }>;

export async function replay(recording: AsyncIterable<Recorded>, job: Replay): Promise<Summary> {
  const { clock, interrupted, progress } = job;
  const start = clock.monotonic();
  const total = { accepted: 0, duplicates: 0, rejected: 0, sent: 0 };
  const sender = createResender(job);
  const reasons: RejectedRow[] = [];
  const reject = (rejection: RejectedRow): void => {
    total.rejected++;
    if (reasons.length < reasonsKept) reasons.push(rejection);
  };

  const post = async (items: readonly Sendable[]): Promise<void> => {
    const reply = await sender.send("POST", "/v1/observations", `${items.map((item) => item.text).join("\n")}\n`);
    if (reply === null) return;
    const answer = readAnswer(reply, items.length);
    total.accepted += answer.accepted;
    total.duplicates += answer.duplicates;
    for (const { index, ...why } of answer.rejected) reject({ line: items[index]?.line ?? 0, ...why });
    total.sent += items.length;
    progress.update(items.at(-1)!.share, total.sent);
  };

  let before = job.before ?? (async () => {});
  // One request is on its way while the next batch is read: order within every sensor holds.
  let underway: Promise<void> = Promise.resolve();
  let waiting: Sendable[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const items = waiting;
    waiting = [];
    bytes = 0;
    await underway;
    await before();
    before = async () => {};
    underway = post(items);
    // It is awaited before the next one; until then a failure must not count as unhandled.
    underway.catch(() => {});
  };

  let due = start;
  let previous: number | null = null;
  for await (const item of recording) {
    if (interrupted.aborted) break;
    if ("problem" in item) {
      reject({ line: item.line, code: "UNREADABLE_LINE", message: item.problem });
      continue;
    }
    if (item.at !== null && Number.isFinite(job.speed)) {
      due += Math.max(0, item.at - (previous ?? item.at)) / job.speed;
      previous = item.at;
      const early = due - clock.monotonic();
      if (early > 1) {
        await flush();
        await waitFor(clock, early, interrupted);
      }
    }
    waiting.push(item);
    bytes += item.text.length;
    if (waiting.length >= job.batch || bytes >= batchBytes) await flush();
  }
  if (!interrupted.aborted) await flush();
  await underway;
  progress.end();
  return {
    accepted: total.accepted,
    duplicates: total.duplicates,
    rejected: total.rejected,
    reasons,
    resent: sender.resent(),
    seconds: Math.round(clock.monotonic() - start) / 1000,
    complete: !interrupted.aborted,
  };
}

export interface Resender {
  /** The server's answer, however long it is away; null: interrupted before there was one. */
  send(method: string, path: string, body: string): Promise<Reply | null>;
  resent(): number;
}

/** Repeats a request while the server is away (no connection, 429, 502, 503, 504), and on other 5xx
 * until the tenth in a row: what lies between shows that the server was away, and counts anew. */
export function createResender(
  job: Pick<Replay, "client" | "clock" | "interrupted" | "progress" | "organization">,
): Resender {
  const { client, clock, interrupted, progress, organization } = job;
  const named = organization === undefined ? {} : { "belfry-organization": organization };
  let resent = 0;

  return {
    resent: () => resent,
    async send(method, path, body) {
      const type = path === "/v1/observations" ? "application/x-ndjson" : "application/json";
      let away: number | null = null;
      let failures = 0;
      for (let tries = 1; !interrupted.aborted; tries++) {
        let pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
        let why: string;
        try {
          const reply = await client.send(method, path, body, { "content-type": type, ...named });
          failures = isAway(reply.status) || reply.status < 500 ? 0 : failures + 1;
          if (!isAway(reply.status) && (failures === 0 || failures >= patience)) {
            if (away !== null) progress.say(`The server is back after ${secondsSince(clock, away)} s.`);
            return reply;
          }
          why = `it answered ${reply.status}`;
          if (reply.retryAfterMs !== null) pause = Math.max(pause, reply.retryAfterMs);
        } catch (error) {
          if (!(error instanceof Unreachable)) throw error;
          if (interrupted.aborted) return null;
          failures = 0;
          why = error.message;
        }
        if (away === null) {
          away = clock.monotonic();
          progress.say(`The server is away, sending again until it is back. ${why}`);
        }
        resent++;
        await waitFor(clock, pause, interrupted);
      }
      return null;
    },
  };
}

/** It takes nothing now, and says that it will later. */
const isAway = (status: number): boolean => status === 429 || (status >= 502 && status <= 504);

const secondsSince = (clock: Clock, start: number): string => ((clock.monotonic() - start) / 1000).toFixed(1);

interface BatchAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

function readAnswer(reply: Reply, sent: number): BatchAnswer {
  const { accepted, duplicates, rejected } = asRecord(reply.body);
  if (
    (reply.status === 202 || reply.status === 422) &&
    typeof accepted === "number" &&
    typeof duplicates === "number"
  ) {
    const refused = (Array.isArray(rejected) ? rejected : []).map(asRecord).map((item) => ({
      index: Number(item["index"]),
      code: asText(item["code"]),
      message: asText(item["message"]),
    }));
    // Counts that do not add up would hide a loss.
    if (accepted + duplicates + refused.length === sent) return { accepted, duplicates, rejected: refused };
    throw new CommandFailure(
      `The server's answer counts ${accepted + duplicates + refused.length} of ${sent} observations.`,
    );
  }
  throw new CommandFailure(refusal("POST /v1/observations", reply));
}
