// One after another per key: many clients that change one organization at once would otherwise overtake each other again
// and again, and the last ones would be told to come back.

export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Order of calls is order of work; a failure is its caller's alone. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const before = last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    last.set(key, promise);
    await before;
    try {
      return await work();
    } finally {
      if (last.get(key) === promise) last.delete(key);
      resolve();
    }
  };
}
