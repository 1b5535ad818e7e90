// The calling side of the engine: collects the calls of one turn of the event loop, hands them over as a batch, and settles
// their promises when the answers come. It never waits for more: the host of the engine takes everything that arrived during a
// commit, so a busy store commits fewer and larger groups.

import type { OperationResult, Call } from "../group-commit.ts";

type AnyOperations = { readonly [Name in string]: (...given: never[]) => unknown };

export interface Client<Operations> {
  call<Name extends keyof Operations & string>(
    this: void,
    name: Name,
    ...given: Operations[Name] extends (...given: infer Given) => unknown ? Given : never
  ): Promise<Operations[Name] extends (...given: never[]) => infer Result ? Result : never>;
  /** Answers to the oldest batch without answers. */
  answered(answers: readonly OperationResult[]): void;
  /** Rejects every call that waits, and every later one. */
  fail(error: Error): void;
  /** Rejects later calls; resolves when every earlier one is answered. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** `post` takes a batch; its answers come to `answered` later, in the order of the batches. `soon` calls back at the end of the
 * turn. A batch of `enough` calls leaves before that: the engine works on the first calls of a long turn while the last ones
 * are still being read. */
export function createClient<Operations extends AnyOperations | object>(
  post: (calls: readonly Call[]) => void,
  soon: (flush: () => void) => void,
  enough = Infinity,
): Client<Operations> {
  let collected: Call[] = [];
  let waiting: Waiting[] = [];
  /** Batches without answers, the oldest first. */
  const posted: (readonly Waiting[])[] = [];
  let scheduled = false;
  let refused: Error | null = null;
  let idle: (() => void) | null = null;

  const isIdle = () => posted.length === 0 && collected.length === 0;
  const noteIdle = () => {
    if (isIdle()) idle?.();
  };

  const flush = () => {
    if (collected.length === 0) return;
    const calls = collected;
    const callers = waiting;
    collected = [];
    waiting = [];
    posted.push(callers);
    try {
      post(calls);
    } catch (error) {
      // A value in the calls cannot be cloned: none of them has left.
      posted.pop();
      for (const { reject } of callers) reject(error);
      noteIdle();
    }
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    soon(() => {
      scheduled = false;
      flush();
    });
  };

  return {
    call(name, ...given) {
      if (refused !== null) return Promise.reject(refused);
      return new Promise((resolve, reject) => {
        collected.push([name, given]);
        waiting.push({ resolve, reject });
        if (collected.length >= enough) flush();
        else schedule();
      });
    },
    answered(answers) {
      const callers = posted.shift() ?? [];
      for (const [index, { resolve, reject }] of callers.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("the store gave no answer"));
        else if ("error" in answer) reject(answer.error);
        else resolve(answer.value as never);
      }
      noteIdle();
    },
    fail(error) {
      refused = error;
      for (const { reject } of [...posted.flat(), ...waiting]) reject(error);
      posted.length = 0;
      collected = [];
      waiting = [];
      idle?.();
    },
    drain() {
      refused ??= new Error("the store is closed");
      if (isIdle()) return Promise.resolve();
      return new Promise((resolve) => (idle = resolve));
    },
  };
}
