// What a page has read, by the signal that it reads with: so that the stream of changes knows what concerns it.

import type { Read } from "./topics.ts";

const reads = new WeakMap<AbortSignal, Read[]>();

/** What is read with this signal counts from now on. */
export const beginReads = (signal: AbortSignal): void => void reads.set(signal, []);

export const noteRead = (signal: AbortSignal | undefined, read: Read): void =>
  void (signal && reads.get(signal)?.push(read));

export const readsOf = (signal: AbortSignal): readonly Read[] => reads.get(signal) ?? [];
