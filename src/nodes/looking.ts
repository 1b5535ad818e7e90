// Looks at the database again and again, at uneven times, and at once when somebody says that there may be something: how a node
// follows the others. One look at a time; what fails is done again by the next one.

import type { Cancel, Clock, Random } from "../clock.ts";
import type { Service } from "../service.ts";

export interface Looking extends Service {
  /** Looks now: after the look that is under way, if there is one. */
  hurry(): void;
  /** Resolves when the look that is under way has ended. */
  idle(): Promise<void>;
}

export interface LookingOptions {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  /** Between two looks, more or less, ms; and where somebody hurries during one. */
  readonly everyMs: number;
  readonly againMs: number;
  /** Hear of the first failure in a row, and of the first success after it. */
  readonly onFailed: (error: unknown) => void;
  readonly onBack: () => void;
}

export function createLooking(step: () => Promise<void>, options: LookingOptions): Looking {
  const { clock, random, everyMs, againMs, onFailed, onBack } = options;
  let running = false;
  let cancel: Cancel | null = null;
  let looking: Promise<void> | null = null;
  let again = false;
  let isFailing = false;

  async function tryStep(): Promise<void> {
    again = false;
    try {
      await step();
      if (isFailing) onBack();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onFailed(error);
      isFailing = true;
    }
  }

  function look(): void {
    if (!running) return;
    if (looking !== null) return void (again = true);
    cancel?.();
    looking = tryStep().finally(() => {
      looking = null;
      if (!running) return;
      cancel = clock.after(again && !isFailing ? againMs : everyMs * (0.75 + random.fraction() / 2), look);
    });
  }

  return {
    hurry: look,
    idle: async () => void (await looking),
    async start() {
      running = true;
      look();
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
    },
  };
}
