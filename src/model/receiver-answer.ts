// How a receiver for trying things out answers: an inbox, or `belfry listen`. Fails the first attempts of each delivery, if told to.

import { createHash } from "node:crypto";

/** As somebody chose it. */
export interface AnswerSettings {
  /** Of HTTP, 200 to 599. */
  readonly status: number;
  readonly delayMs: number;
  /** So many attempts of each delivery are answered 503 before that. */
  readonly failFirst: number;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly delayMs: number;
}

export const usualAnswer: AnswerSettings = { status: 204, delayMs: 0, failFirst: 0 };

/** About 130 bytes each. */
export const deliveriesKept = 2_000;

/** Counts attempts by delivery: `delivery` is whatever tells it from others, as long as its sender likes. */
export function createAnswer({ status, delayMs, failFirst }: AnswerSettings): (delivery: string) => ReceiverAnswer {
  const failed = new Map<string, number>();
  return (delivery) => {
    if (failFirst === 0) return { status, delayMs };
    const key = createHash("sha256").update(delivery).digest("base64");
    const before = failed.get(key) ?? 0;
    if (before >= failFirst) return { status, delayMs };
    failed.set(key, before + 1);
    if (failed.size > deliveriesKept) failed.delete(failed.keys().next().value!);
    return { status: 503, delayMs };
  };
}
