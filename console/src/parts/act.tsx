// A button that does something at once, and says beside itself what went wrong.

import { useState } from "preact/hooks";
import { failureText } from "../api/client.ts";

interface ActProps {
  /** A verb with its object. */
  readonly name: string;
  readonly class?: string;
  /** Named to those who do not see the row it stands in. */
  readonly label?: string | undefined;
  readonly run: () => Promise<unknown>;
}

export function Act({ name, class: style = "", label, run }: ActProps) {
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const act = async (): Promise<void> => {
    setRunning(true);
    setFailure(null);
    try {
      await run();
    } catch (error) {
      setFailure(failureText(error));
    }
    setRunning(false);
  };
  return (
    <>
      <button type="button" class={`button ${style}`} aria-label={label} disabled={isRunning} onClick={act}>
        {name}
      </button>
      {failure !== null && (
        <span class="problem" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
