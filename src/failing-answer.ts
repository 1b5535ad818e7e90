// The answers of a receiver for trying things out, delivery by delivery: it fails the first attempts of each, if told to.

import { createHash } from "node:crypto";

/** As it is in the end. */
interface Answer {
  readonly status: number;
  readonly delayMs: number;
}

interface FailingAnswer extends Answer {
  /** So many attempts of each delivery are answered 503 before that. */
  readonly failFirst: number;
}

/** About 130 bytes each. */
export const deliveriesKept = 2_000;

/** Counts attempts by delivery: `delivery` is whatever tells it from others, as long as its sender likes. */
export function createAnswer({ status, delayMs, failFirst }: FailingAnswer): (delivery: string) => Answer {
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
