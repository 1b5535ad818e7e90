// A question before an act that sends, shows or ends something. It says what will happen; its button names the act.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { failureText } from "../api/client.ts";
import { Problem } from "./problem.tsx";

interface ConfirmProps {
  readonly title: string;
  /** `Send 1 again` */
  readonly act: string;
  readonly isDangerous?: boolean;
  /** false: there is nothing to do, or it is not known yet. */
  readonly isPossible?: boolean;
  /** Must be typed before the act is possible. */
  readonly name?: string;
  readonly run: () => Promise<unknown>;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

export function Confirm({
  title,
  act,
  isDangerous = false,
  name,
  isPossible = true,
  run,
  close,
  children,
}: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setRunning(true);
    try {
      await run();
      close();
    } catch (error) {
      setFailure(failureText(error));
      setRunning(false);
    }
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dialog-title" onClose={close}>
      <form onSubmit={submit}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        {name !== undefined && (
          <label class="field">
            <span>
              Type <b>{name}</b> to go on
            </span>
            <input
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellcheck={false}
            />
          </label>
        )}
        <Problem text={failure} />
        <div class="dialog-acts">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${isDangerous ? "danger" : "primary"}`}
            disabled={isRunning || !isPossible || (name !== undefined && typed !== name)}
          >
            {act}
          </button>
        </div>
      </form>
    </dialog>
  );
}
