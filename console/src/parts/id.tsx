// An id: cut in the middle, and copied whole.

import { useState } from "preact/hooks";
import { shortId } from "../../../src/words/short-id.ts";

export function Id({ id, whole = false }: { readonly id: string; readonly whole?: boolean }) {
  return (
    <span class="id">
      <code title={id}>{whole ? id : shortId(id)}</code>
      <Copy text={id} what="id" />
    </span>
  );
}

/** `what`: named to those who cannot see the button. */
export function Copy({ text, what, label }: { readonly text: string; readonly what: string; readonly label?: string }) {
  const [done, setDone] = useState<boolean | null>(null);
  const copy = async (): Promise<void> => {
    setDone(await copied(text));
    setTimeout(() => setDone(null), 1_500);
  };
  const said = done === null ? null : done ? "Copied" : "Not copied";
  return (
    <button
      type="button"
      class={label === undefined ? "copy" : "button quiet"}
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      {label !== undefined ? (
        (said ?? label)
      ) : said === null ? (
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          <path
            d="M5.5 5.5V3.3c0-.7.6-1.3 1.3-1.3h5.9c.7 0 1.3.6 1.3 1.3v5.9c0 .7-.6 1.3-1.3 1.3h-2.2M3.3 5.5h5.9c.7 0 1.3.6 1.3 1.3v5.9c0 .7-.6 1.3-1.3 1.3H3.3c-.7 0-1.3-.6-1.3-1.3V6.8c0-.7.6-1.3 1.3-1.3z"
            fill="none"
            stroke="currentColor"
            stroke-width="1.3"
          />
        </svg>
      ) : (
        <span class="copied">{said}</span>
      )}
      <span class="unseen" role="status">
        {said}
      </span>
    </button>
  );
}

/** Browsers have no clipboard on plain HTTP but for this machine; there a selection does. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
