// Follows the numbers of one subscription, and tells what is missing when it has not come for some time. With a way to ask Belfry, the
// events that it still has are handled first, each once, and only what cannot be had is told.

import type { NumberStore } from "./seen.ts";
import type { HeaderSource } from "./headers.ts";
import type { FetchMissed, MissedItem } from "./missed.ts";
import {
  type Missing,
  nothingCame,
  type Numbers,
  type Range,
  sequenceOf,
  skippedBy,
  upTo,
  without,
} from "./numbers.ts";

/** Numbers that will not come. */
export interface Gap extends Range {
  /** `missing`: nobody was asked. Else what Belfry says of them: `forgotten`, `skipped_by_restore`, `cancelled`, … */
  readonly state: string;
}

export interface GapOptions {
  /** Called with each gap. If it throws, the gap is told again later. */
  readonly onGap?: (gap: Gap) => unknown;
  /** How long numbers that are missing may be only late, in seconds. Default 600: Belfry tries again after 5 s and 5 min. */
  readonly gapWaitSeconds?: number;
  /** Asks Belfry for what is missing: `missedFrom({ url, key })`. */
  readonly fetchMissed?: FetchMissed;
}

export interface Gaps {
  /** An event was handled, now or before. */
  arrived(headers: HeaderSource): Promise<void>;
  /** A heartbeat: nothing but the last number. */
  heartbeat(headers: HeaderSource): Promise<void>;
}

export interface GapsDeps {
  readonly store: NumberStore | undefined;
  readonly now: () => number;
  /** Handles an event that was missed. false: it is being handled already. */
  readonly handleMissed: (item: MissedItem & { readonly event: string; readonly body: string }) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** Belfry sends these, or would have: whoever missed one wants it. */
const wanted: ReadonlySet<string> = new Set(["pending", "held", "delivered", "exhausted"]);

/** null: nobody asked for gaps. Throws a TypeError for a wait that is none. */
export function createGaps(options: GapOptions, deps: GapsDeps): Gaps | null {
  const { onGap, gapWaitSeconds = 600, fetchMissed } = options;
  if (!(gapWaitSeconds >= 0)) throw new TypeError("gapWaitSeconds must be a number of seconds, 0 or more.");
  if (onGap === undefined && fetchMissed === undefined) return null;
  const { store, now, handleMissed, onError } = deps;
  const waitMs = gapWaitSeconds * 1000;
  let numbers: Numbers = nothingCame;
  let loading: Promise<void> | null = null;
  let writing: Promise<unknown> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let telling = false;

  const load = (): Promise<void> =>
    (loading ??= (async () => {
      const text = await store?.read();
      if (text != null) numbers = JSON.parse(text) as Numbers;
    })());

  function change(changed: Numbers): Promise<unknown> {
    numbers = changed;
    wake();
    if (store === undefined) return writing;
    const write = () => store.write(JSON.stringify(numbers));
    return (writing = writing.then(write, write));
  }

  /** At the time at which the next ones are missing for too long. */
  function wake(): void {
    if (timer !== null || telling || numbers.missing.length === 0) return;
    const next = Math.min(...numbers.missing.map(({ since }) => since)) + waitMs;
    timer = setTimeout(() => void tellAll(), Math.min(Math.max(next - now(), 0), 2 ** 31 - 1));
    // Where timers are plain numbers, nothing hangs on them.
    (timer as { unref?: () => void }).unref?.();
  }

  async function tellAll(): Promise<void> {
    timer = null;
    telling = true;
    const isLate = ({ since }: Missing): boolean => since + waitMs <= now();
    for (const range of numbers.missing.filter(isLate)) await tell(range).catch(onError);
    // What is missing still is looked at again when the wait is over once more.
    const missing = numbers.missing.map((each) => (isLate(each) ? { ...each, since: now() } : each));
    numbers = { ...numbers, missing };
    telling = false;
    wake();
  }

  async function tell({ from, to }: Range): Promise<void> {
    if (fetchMissed === undefined) return end({ from, to, state: "missing" });
    for (let after = from - 1; after < to; ) {
      const { data } = await fetchMissed(after);
      if (data.length === 0) return end({ from: after + 1, to, state: "missing" });
      for (const item of data) {
        const last = Math.min(item.through ?? item.sequence, to);
        if (last > after && item.sequence <= to)
          await take(item, { from: Math.max(item.sequence, after + 1), to: last });
        after = Math.max(after, last);
      }
    }
  }

  async function take(item: MissedItem, range: Range): Promise<void> {
    const { event, body, state } = item;
    if (event === undefined || body === undefined || !wanted.has(state)) return end({ ...range, state });
    // One that is being handled has come after all, and is noted then.
    if (await handleMissed({ ...item, event, body })) await change(without(numbers, range));
  }

  /** Something newer has taken the place of what is superseded: nothing is missing there. */
  async function end(gap: Gap): Promise<void> {
    if (gap.state !== "superseded") await onGap?.(gap);
    await change(without(numbers, gap));
  }

  return {
    async arrived(headers) {
      await load();
      const sequence = sequenceOf(headers);
      if (sequence === null) return;
      const come = without(upTo(numbers, sequence, now()), { from: sequence, to: sequence });
      await change(skippedBy(headers).reduce(without, come));
    },
    async heartbeat(headers) {
      await load();
      const last = sequenceOf(headers);
      if (last !== null) await change(upTo(numbers, last, now()));
    },
  };
}
