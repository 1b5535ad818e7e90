// The waiting side of the engine: collects the calls of one turn, hands them over as a batch and settles their promises as
// the answers come. It holds nothing back: who hosts the engine takes everything that has arrived meanwhile, so a busy
// store works in fewer and larger groups.

import type { OperationResult, Call } from "../group-commit.ts";

type AnyVerbs = { readonly [Name in string]: (...given: never[]) => unknown };

export interface Client<Verbs> {
  call<Verb extends keyof Verbs & string>(
    this: void,
    verb: Verb,
    ...given: Verbs[Verb] extends (...given: infer Given) => unknown ? Given : never
  ): Promise<Verbs[Verb] extends (...given: never[]) => infer Result ? Result : never>;
  /** Answers to the oldest batch under way. */
  answered(answers: readonly OperationResult[]): void;
  /** Rejects all that waits and all that comes. */
  fail(error: Error): void;
  /** Refuses what comes from now on; resolves when all that was asked before is answered. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** `post` takes a batch; its answers come to `answered` later, in the order of the batches. `soon` says how long a turn
 * is: it calls back at the end of it. A batch of `enough` calls leaves before that, so that the engine works on the first
 * calls of a long turn while the last ones are still being read. */
export function createClient<Verbs extends AnyVerbs | object>(
  post: (calls: readonly Call[]) => void,
  soon: (flush: () => void) => void,
  enough = Infinity,
): Client<Verbs> {
  let collected: Call[] = [];
  let waiting: Waiting[] = [];
  const underWay: (readonly Waiting[])[] = [];
  let scheduled = false;
  let refused: Error | null = null;
  let idle: (() => void) | null = null;

  /** Tells whoever waits for it that nothing is under way. */
  const rest = () => {
    if (underWay.length === 0 && collected.length === 0) idle?.();
  };

  const flush = () => {
    if (collected.length === 0) return;
    const calls = collected;
    const callers = waiting;
    collected = [];
    waiting = [];
    underWay.push(callers);
    try {
      post(calls);
    } catch (error) {
      // Something in the calls cannot cross: nobody has seen them.
      underWay.pop();
      for (const { reject } of callers) reject(error);
      rest();
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
    call(verb, ...given) {
      if (refused !== null) return Promise.reject(refused);
      return new Promise((resolve, reject) => {
        collected.push([verb, given]);
        waiting.push({ resolve, reject });
        if (collected.length >= enough) flush();
        else schedule();
      });
    },
    answered(answers) {
      const callers = underWay.shift() ?? [];
      for (const [index, { resolve, reject }] of callers.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("the store gave no answer"));
        else if ("error" in answer) reject(answer.error);
        else resolve(answer.value as never);
      }
      rest();
    },
    fail(error) {
      refused = error;
      for (const { reject } of [...underWay.flat(), ...waiting]) reject(error);
      underWay.length = 0;
      collected = [];
      waiting = [];
      idle?.();
    },
    drain() {
      refused ??= new Error("the store is closed");
      if (underWay.length === 0 && collected.length === 0) return Promise.resolve();
      return new Promise((resolve) => (idle = resolve));
    },
  };
}
