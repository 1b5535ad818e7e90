// Groups calls: all that wait when the group before has ended go together, so that the rate of commits stays low under load and
// nobody waits without need. If a group fails, its calls are run one by one, so that only the faulty one fails.

import { BelfryError } from "../../errors.ts";

export interface Group<Call, Result> {
  run(call: Call): Promise<Result>;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

/** How a call of a group ended. */
export type Ended<Result> = { readonly value: Result } | { readonly error: unknown };

/** What calls weigh together at most; one that is heavier goes alone. */
export interface Weight<Call> {
  readonly most: number;
  of(call: Call): number;
}

interface Waiting<Call, Result> {
  readonly call: Call;
  readonly resolve: (value: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** `together`: answers every call, in order. `most`: calls that go together. */
export function createGroup<Call, Result>(
  together: (calls: readonly Call[]) => Promise<readonly Ended<Result>[]>,
  most: number,
  weight: Weight<Call> = { most: Infinity, of: () => 0 },
): Group<Call, Result> {
  let waiting: Waiting<Call, Result>[] = [];
  let running: Promise<void> | null = null;

  async function attempt(calls: readonly Waiting<Call, Result>[]): Promise<void> {
    let ended: readonly Ended<Result>[];
    try {
      ended = await together(calls.map(({ call }) => call));
    } catch (error) {
      // What keeps all from being written keeps each of them.
      if (calls.length === 1 || error instanceof BelfryError) return calls.forEach(({ reject }) => reject(error));
      for (const each of calls) await attempt([each]);
      return;
    }
    calls.forEach(({ resolve, reject }, index) => {
      const end = ended[index]!;
      if ("error" in end) reject(end.error);
      else resolve(end.value);
    });
  }

  /** How many of those that wait go next. */
  function next(): number {
    let sum = 0;
    const end = waiting.findIndex(
      ({ call }, index) => index === most || ((sum += weight.of(call)) > weight.most && index > 0),
    );
    return end < 0 ? waiting.length : end;
  }

  async function work(): Promise<void> {
    // What comes in the same turn of the event loop goes with the first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const count = next();
      const calls = waiting.slice(0, count);
      waiting = waiting.slice(count);
      await attempt(calls);
    }
  }

  function start(): void {
    running ??= work().finally(() => {
      running = null;
      // It came after the last look, and before this.
      if (waiting.length > 0) start();
    });
  }

  return {
    run(call) {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ call, resolve, reject });
        start();
      });
    },
    async idle() {
      while (running !== null) await running;
    },
  };
}
