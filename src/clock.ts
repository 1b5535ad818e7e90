// Time and chance, passed in everywhere: no other file of the core may read a clock, start a timer or draw a random
// number, so that tests and the simulation can steer both.

import { randomBytes } from "node:crypto";

/** What a timer returns: a function that cancels it. Cancelling twice, or after it fired, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Wall time, ms since the Unix epoch. May jump. For stored times only. */
  now(): number;
  /** Monotonic ms from an arbitrary start. Never jumps. For intervals, deadlines and leases. */
  monotonic(): number;
  /** Calls `then` once, `ms` from now. Delays longer than a timer can hold (24.8 days) are cut to that: re-arm. */
  after(ms: number, then: () => void): Cancel;
}

export interface Random {
  /** `size` random bytes, fit for secrets and ids. */
  bytes(size: number): Uint8Array;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
}

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, Math.min(Math.max(ms, 0), longestTimer));
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  fraction: () => Math.random(),
};
