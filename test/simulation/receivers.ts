// The other end of the wire: every URL is a receiver with a mood of its own, which the nemesis changes. Answers are bytes
// that the sender's own parser reads; sockets and deadlines are the only part of the sender that is not here.

import type { DeliveryRequest } from "../../src/delivery/attempt/request.ts";
import { exchangeFailure, connectFailure } from "../../src/delivery/client/failure.ts";
import { answered, failed } from "../../src/delivery/client/outcome.ts";
import { feed } from "../../src/delivery/client/response-parser.ts";
import { newResponse } from "../../src/delivery/client/response.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";
import type { Timeline } from "./timeline.ts";

export const moods = ["slow", "hang", "refuse", "error", "throttle", "redirect", "reset", "mixed", "gone"] as const;
export type Mood = "well" | (typeof moods)[number];

export interface Arrival {
  /** The request has reached the receiver. */
  readonly arrived: () => void;
  /** `retryAfterMs`: what the receiver asked for, null where it said nothing that counts. */
  readonly ended: (outcome: Outcome, retryAfterMs: number | null) => void;
}

export interface Receivers {
  send(request: DeliveryRequest, arrival: Arrival): void;
  moodOf(url: string): Mood;
  /** `until`: when it will be over, epoch ms, where the receiver knows it. */
  setMood(url: string, mood: Mood, until?: number): void;
}

interface Answer {
  /** null: none comes. */
  readonly status: number | null;
  readonly headers: readonly string[];
  readonly latency: number;
  /** By wall time at the end of the attempt. */
  readonly retryAfter: (now: number) => number | null;
  /** The connection ends instead: refused before, or reset after the receiver took the event. */
  readonly broken: "refused" | "reset" | null;
}

export function createReceivers(timeline: Timeline, random: SeededRandom): Receivers {
  const set = new Map<string, Mood>();
  const latencies = new Map<string, number>();
  /** When a receiver will be back, as it says itself, in whole seconds. */
  const comebacks = new Map<string, number>();

  const latencyOf = (url: string): number => {
    let latency = latencies.get(url);
    if (latency === undefined) latencies.set(url, (latency = random.pick([2, 10, 50, 200, 800])));
    return latency * random.between(0.5, 2);
  };

  /** In every form the standard knows, and in some that it does not. */
  function retryAfter(url: string): {
    readonly headers: readonly string[];
    readonly ms: (now: number) => number | null;
  } {
    const seconds = random.pick([1, 7, 30, 120, 1800, 30_000, 200_000]);
    const form = random.fraction();
    if (form < 0.25) return { headers: [], ms: () => null };
    if (form < 0.5) return { headers: [`retry-after: ${seconds}`], ms: () => seconds * 1000 };
    if (form < 0.9) {
      const at = comebacks.get(url) ?? Math.floor(timeline.wall() / 1000 + seconds) * 1000;
      return { headers: [`retry-after: ${new Date(at).toUTCString()}`], ms: (now) => (at > now ? at - now : null) };
    }
    return {
      headers: [`retry-after: ${random.pick(["soon", "-5", "1.5", "Thu, 01 Jan 1970 00:00:00 GMT"])}`],
      ms: () => null,
    };
  }

  function answer(url: string, mood: Mood, deadline: number): Answer {
    const latency = latencyOf(url);
    const plain = { headers: [], latency, retryAfter: () => null, broken: null };
    const asking = (status: number): Answer => {
      const wish = retryAfter(url);
      return { ...plain, status, headers: wish.headers, retryAfter: wish.ms };
    };
    switch (mood) {
      case "well":
        return { ...plain, status: random.pick([200, 200, 201, 202, 204]) };
      case "slow":
        return { ...plain, status: 200, latency: random.between(1_000, deadline * 1.3) };
      case "hang":
        return { ...plain, status: null, latency: Infinity };
      case "refuse":
        return { ...plain, status: null, broken: "refused" };
      case "reset":
        return { ...plain, status: null, broken: "reset" };
      case "error":
        return random.chance(0.5) ? asking(500) : { ...plain, status: random.pick([400, 401, 404, 500, 501]) };
      case "throttle":
        return asking(random.pick([429, 502, 503, 504]));
      case "redirect":
        return { ...plain, status: random.pick([301, 302, 307]), headers: ["location: https://elsewhere.example/"] };
      case "gone":
        return { ...plain, status: 410 };
      default:
        return answer(url, random.pick(["well", "well", "error", "reset", "throttle", "slow", "hang"]), deadline);
    }
  }

  return {
    moodOf: (url) => set.get(url) ?? "well",
    setMood(url, mood, until) {
      set.set(url, mood);
      if (until === undefined) comebacks.delete(url);
      else comebacks.set(url, Math.ceil(until / 1000) * 1000);
    },
    send({ url, timeoutMs }, { arrived, ended }) {
      const startedAt = timeline.now();
      const { status, headers, latency, retryAfter, broken } = answer(url, set.get(url) ?? "well", timeoutMs);
      const took = Math.min(latency, timeoutMs);
      const duration = () => Math.round(timeline.now() - startedAt);
      if (broken !== "refused") timeline.after(took * random.between(0.1, 0.9), arrived);
      timeline.after(took, () => {
        if (latency >= timeoutMs)
          return ended(failed("timeout", "The receiver did not answer in time.", duration()), null);
        if (broken !== null || status === null) {
          const error = Object.assign(new Error(), { code: broken === "refused" ? "ECONNREFUSED" : "ECONNRESET" });
          const { code, detail } = broken === "refused" ? connectFailure(error) : exchangeFailure(error);
          return ended(failed(code, detail, duration()), null);
        }
        const response = newResponse();
        const head = [`HTTP/1.1 ${status} x`, ...headers, ...(status === 204 ? [] : ["content-length: 0"]), "", ""];
        feed(response, Buffer.from(head.join("\r\n")));
        const now = Math.floor(timeline.wall());
        ended(answered(response, url, { now, durationMs: duration() }), retryAfter(now));
      });
    },
  };
}
