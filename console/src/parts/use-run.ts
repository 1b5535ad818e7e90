// Something that a button does at once: whether it runs, and why it failed the last time.

import { useState } from "preact/hooks";
import { failureText } from "../api/client.ts";

interface Run {
  readonly isRunning: boolean;
  /** null: it did not, or it runs again. */
  readonly failure: string | null;
  readonly run: (what: () => Promise<unknown>) => Promise<void>;
}

/** `say`: what a person reads of anything thrown. */
export function useRun(say: (error: unknown) => string = failureText): Run {
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const run = async (what: () => Promise<unknown>): Promise<void> => {
    setRunning(true);
    setFailure(null);
    try {
      await what();
    } catch (error) {
      setFailure(say(error));
    }
    setRunning(false);
  };
  return { isRunning, failure, run };
}
