// The one stream of changes of this tab, shared by all that it shows. It is open while somebody is signed in and looks; where it
// breaks off it is opened again, sooner or later, and at once when the network or the reader is back. While there is none, pages
// read again and again by themselves.

import { effect, signal } from "@preact/signals";
import { access, ApiFailure, noteContact, noteLoss, openStream } from "../api/client.ts";
import { mine, organization, session } from "../api/session.ts";
import { nextEvents } from "./server-events.ts";
import type { Change } from "./topics.ts";

/** Whether all changes are told at this moment: one node of several tells of its own alone. */
export const isLive = signal(false);

/** `null`: changes may have been missed, so everything that is shown is read anew. */
type Listener = (change: Change | null) => void;
const listeners = new Set<Listener>();

/** Returns how to stop listening. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const tell = (change: Change | null): void => {
  for (const listener of listeners) listener(change);
};

/** A comment comes every 15 s: a stream that is silent for longer has broken off, and nobody has said so. */
const silenceMs = 22_000;
/** How long a tab that nobody sees keeps its stream: browsers open few connections to one server. */
const unseenMs = 5_000;
/** Before the stream is opened again: the first time, and at most. Where there is none for this key, or no room. */
const [soonMs, lateMs, refusedMs] = [400, 8_000, 60_000];

let stop: AbortController | null = null;
let again: ReturnType<typeof setTimeout> | undefined;
let unseen: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let hasBegun = false;

/** Begins once; streams come and go with the session. */
export function watchChanges(): void {
  effect(() => {
    const isWanted = Boolean(session.value) && mine.value.length > 0;
    // Whoever acts for another organization hears of that one.
    void organization.value;
    hasBegun = false;
    close();
    // Once whatever else follows the session has written for whom it acts.
    if (isWanted) queueMicrotask(open);
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (document.visibilityState === "hidden") unseen = setTimeout(close, unseenMs);
    else if (stop === null) open();
  });
  addEventListener("online", () => {
    failures = 0;
    close();
    open();
  });
  addEventListener("offline", () => {
    noteLoss();
    close();
  });
}

function close(): void {
  clearTimeout(again);
  stop?.abort();
  stop = null;
  isLive.value = false;
}

function open(): void {
  const isWatched = Boolean(session.peek()) && mine.peek().length > 0 && document.visibilityState === "visible";
  if (stop !== null || !isWatched) return;
  clearTimeout(again);
  const own = (stop = new AbortController());
  void listen(own).then((waitMs) => {
    if (stop !== own) return;
    stop = null;
    isLive.value = false;
    if (waitMs !== null) again = setTimeout(open, waitMs);
  });
}

/** Until it ends. Resolves with how long to wait before the next one; null: there will be none. */
async function listen(own: AbortController): Promise<number | null> {
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const watch = (): void => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => own.abort(), silenceMs);
  };
  let [isAnswered, isHeard] = [false, false];
  try {
    watch();
    const response = await openStream("/v1/stream", own.signal);
    isAnswered = true;
    for await (const events of nextEvents(response.body!)) {
      isHeard = true;
      watch();
      noteContact();
      for (const { event, data } of events) take(event, data);
    }
    // Ended in good order, as by a server that stops: it may be back already.
    return stop === own && failures++ === 0 ? 0 : backOff();
  } catch (error) {
    if (error instanceof ApiFailure && error.status > 0) return refused(error.status);
    // A proxy holds the answer back: the server is there, and pages read by themselves.
    if (isAnswered && !isHeard && own.signal.aborted) return refusedMs;
    if (stop === own) noteLoss();
    return backOff();
  } finally {
    clearTimeout(watchdog);
  }
}

function take(event: string, data: string): void {
  if (event === "changed") {
    const { organization: of, ...change } = JSON.parse(data) as Change & { readonly organization: string };
    if (access.organization === null || access.organization === of) tell(change);
  }
  if (event !== "hello") return;
  failures = 0;
  isLive.value = (JSON.parse(data) as { readonly partial?: boolean }).partial !== true;
  // Whatever is shown was read while nobody could tell of changes; at first that was a moment ago.
  if (hasBegun) tell(null);
  hasBegun = true;
}

const backOff = (): number => Math.min(soonMs * 2 ** failures++, lateMs) * (0.5 + Math.random() / 2);

function refused(status: number): number | null {
  if (status === 429) return refusedMs;
  return status >= 500 ? backOff() : null;
}
