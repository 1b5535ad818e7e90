// Data that is read again and again while somebody looks: at once, every few seconds, and when the page is seen again. What was
// read stays while a later read fails.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "../api/client.ts";

export interface Live<Data> {
  /** null: not read yet. */
  readonly data: Data | null;
  /** Why the last read failed; null: it did not. */
  readonly failure: ApiFailure | null;
  /** Reads now. */
  readonly refresh: () => void;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | null;
  readonly failure: ApiFailure | null;
}

/** `key` names what is read: another key begins anew, null reads nothing. */
export function useLive<Data>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<Data>,
  everyMs = 3_000,
): Live<Data> {
  const [state, setState] = useState<State<Data>>({ key: "", data: null, failure: null });
  const latest = useRef(load);
  latest.current = load;
  const kick = useRef<() => void>(() => {});

  useEffect(() => {
    if (key === null) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isReading = false;
    const read = async (): Promise<void> => {
      clearTimeout(timer);
      if (isReading || document.visibilityState === "hidden") return;
      isReading = true;
      let next = everyMs;
      try {
        const data = await latest.current(stop.signal);
        if (!stop.signal.aborted) setState({ key, data, failure: null });
      } catch (error) {
        const failure = error instanceof ApiFailure ? error : new ApiFailure(0, "BUG", String(error));
        next = Math.max(everyMs, failure.status === 429 || failure.status === 503 ? 10_000 : 2_000);
        if (!stop.signal.aborted)
          setState((before) => ({ key, data: before.key === key ? before.data : null, failure }));
      }
      isReading = false;
      if (!stop.signal.aborted) timer = setTimeout(read, next);
    };
    const onVisible = (): void => void read();
    kick.current = onVisible;
    document.addEventListener("visibilitychange", onVisible);
    void read();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [key, everyMs]);

  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : null,
    failure: isCurrent ? state.failure : null,
    refresh: () => kick.current(),
  };
}
