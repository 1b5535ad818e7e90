// Data that is read again while somebody looks: as soon as the stream tells of a change that concerns it, and when the page is
// seen again. Without a stream, or where no change is told, again and again. What was read stays while a later read fails.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure } from "../api/client.ts";
import { beginReads, readsOf } from "./reads.ts";
import { isLive, onChange } from "./stream.ts";
import { type Change, concerns, isTold } from "./topics.ts";

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

/** What is told of changes is read so seldom, ms: for whatever follows from time alone. */
const restMs = 30_000;
/** Between two reads, ms, and as a multiple of what the last one took: a busy house changes all the time. What is read seldom by
 * itself is dear, and keeps its pace. */
const [leastMs, leastTimes, dearMs] = [1_000, 4, 5_000];

/** `key` names what is read: another key begins anew, null reads nothing. `load` reads with the signal that it is given: so the
 * changes that concern it are known. `everyMs`: how often it is read where they are not told. */
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
    const reader = repeat(
      (signal) => latest.current(signal),
      everyMs,
      (data) => setState({ key, data, failure: null }),
      (failure) => setState((before) => ({ key, data: before.key === key ? before.data : null, failure })),
    );
    kick.current = reader.now;
    return reader.stop;
  }, [key, everyMs]);

  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : null,
    failure: isCurrent ? state.failure : null,
    refresh: () => kick.current(),
  };
}

interface Reader {
  readonly now: () => void;
  readonly stop: () => void;
}

function repeat<Data>(
  load: (signal: AbortSignal) => Promise<Data>,
  everyMs: number,
  onData: (data: Data) => void,
  onFailure: (failure: ApiFailure) => void,
): Reader {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isReading = false;
  /** Something has changed since the read under way began. */
  let isStale = false;
  let hasFailed = false;
  /** Before it none is begun for a change. */
  let notBefore = 0;

  const isAllTold = (): boolean => {
    const reads = readsOf(stop.signal);
    return isLive.peek() && !hasFailed && reads.length > 0 && reads.every(isTold);
  };

  const later = (ms: number): void => {
    clearTimeout(timer);
    if (!stop.signal.aborted) timer = setTimeout(read, ms);
  };

  async function read(): Promise<void> {
    clearTimeout(timer);
    if (isReading || document.visibilityState === "hidden") return;
    isReading = true;
    isStale = hasFailed = false;
    const begun = performance.now();
    let nextMs = everyMs;
    beginReads(stop.signal);
    try {
      const data = await load(stop.signal);
      if (!stop.signal.aborted) onData(data);
    } catch (error) {
      hasFailed = true;
      const failure = error instanceof ApiFailure ? error : new ApiFailure(0, "BUG", String(error));
      nextMs = Math.max(everyMs, failure.status === 429 || failure.status === 503 ? 10_000 : 2_000);
      if (!stop.signal.aborted) onFailure(failure);
    }
    isReading = false;
    const tookMs = performance.now() - begun;
    notBefore = begun + Math.max(leastMs, everyMs < dearMs ? 0 : everyMs, tookMs * leastTimes);
    if (isStale && !hasFailed) soon();
    else later(isAllTold() ? Math.max(restMs, everyMs) : nextMs);
  }

  const soon = (): void => {
    isStale = true;
    if (!isReading) later(Math.max(0, notBefore - performance.now()));
  };

  const onTold = (change: Change | null): void => {
    if (change === null) {
      if (isReading) soon();
      else void read();
    } else if (readsOf(stop.signal).some((each) => concerns(each, change))) soon();
  };

  /** A stream that began or broke off: what was read before it may be another by now. */
  const onStream = (): void => {
    if (isReading) isStale = true;
    else if (!isStale) later(everyMs);
  };

  const now = (): void => void read();
  const leave = [onChange(onTold), isLive.subscribe(onStream)];
  document.addEventListener("visibilitychange", now);
  now();
  return {
    now,
    stop() {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", now);
      for (const each of leave) each();
    },
  };
}
