// A button that does something at once, and says beside itself what went wrong.

import { useRun } from "./use-run.ts";

interface ActProps {
  /** A verb with its object. */
  readonly name: string;
  readonly class?: string;
  /** Named to those who do not see the row it stands in. */
  readonly label?: string | undefined;
  readonly run: () => Promise<unknown>;
}

export function Act({ name, class: style = "", label, run }: ActProps) {
  const { isRunning, failure, run: act } = useRun();
  return (
    <>
      <button type="button" class={`button ${style}`} aria-label={label} disabled={isRunning} onClick={() => act(run)}>
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
