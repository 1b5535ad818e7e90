// What others ask to be done with the sensing of an organization: it waits here until the log processor has nothing under way.

import { BelfryError } from "../../errors.ts";
import type { Fact } from "../../model/fact.ts";
import type { Sensing } from "../../sensing/sensing.ts";

/** `now`: epoch ms. What follows from it is written with it: `say`. */
export type Act<Result> = (sensing: Sensing, now: number, say: (facts: readonly Fact[]) => void) => Result;

/** One thing to do. Whoever asked hears of it once it is settled or has failed. */
export interface WaitingAct {
  readonly organization: string;
  /** null: there is no sensing, and nothing to do. An act that throws fails alone, and at once. */
  run(sensing: Sensing | null, now: number, say: (facts: readonly Fact[]) => void): void;
  /** What it changed is durable. */
  settle(): void;
  fail(error: unknown): void;
}

export interface Acts {
  add<Result>(organization: string, act: Act<Result>): Promise<Result | null>;
  /** Takes all that wait. */
  take(): readonly WaitingAct[];
  isEmpty(): boolean;
}

export function createActs(): Acts {
  let waiting: WaitingAct[] = [];
  return {
    add<Result>(organization: string, act: Act<Result>) {
      const { promise, resolve, reject } = Promise.withResolvers<Result | null>();
      let result: Result | null = null;
      waiting.push({
        organization,
        run(sensing, now, say) {
          try {
            result = sensing === null ? null : act(sensing, now, say);
          } catch (error) {
            reject(error);
          }
        },
        settle: () => resolve(result),
        fail: reject,
      });
      return promise;
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    isEmpty: () => waiting.length === 0,
  };
}

export const stopped = (): BelfryError =>
  new BelfryError("UNAVAILABLE", "Belfry is stopping. Ask again when it is running; nothing may have been done.");
