// A list, newest first: its first page is live, older pages are added on demand. While somebody reads further down, new rows
// wait until they are asked for, so that nothing moves under the pointer.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import type { List } from "../api/types.ts";
import { useLive } from "./use-live.ts";

export interface Pages<Item> {
  readonly items: readonly Item[] | null;
  readonly failure: ApiFailure | null;
  /** New ones that are not shown yet. */
  readonly fresh: number;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly showFresh: () => void;
  readonly loadMore: () => void;
  readonly refresh: () => void;
}

interface Shown<Item> {
  readonly key: string;
  readonly items: readonly Item[];
  readonly next: string | null;
}

export function usePages<Item extends { readonly id: string }>(
  key: string,
  load: (cursor: string | null, signal?: AbortSignal) => Promise<List<Item>>,
): Pages<Item> {
  const live = useLive(key, (signal) => load(null, signal));
  const [shown, setShown] = useState<Shown<Item> | null>(null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const current = shown?.key === key ? shown : null;
  const isAtTop = useAtTop();

  const head = live.data;
  const first = current?.items[0]?.id;
  const index = head === null || first === undefined ? -1 : head.data.findIndex(({ id }) => id === first);
  const fresh =
    head === null || current === null ? 0 : index === -1 && first !== undefined ? head.data.length : Math.max(0, index);

  useEffect(() => {
    if (head === null) return;
    setShown((before) => {
      if (before?.key !== key || before.items.length === 0) return { key, items: head.data, next: head.next };
      // Rows that are shown already change in place.
      const known = new Map(head.data.map((item) => [item.id, item]));
      const items = before.items.map((item) => known.get(item.id) ?? item);
      const at = head.data.findIndex(({ id }) => id === before.items[0]!.id);
      if (!isAtTop.current) return { ...before, items };
      return at === -1
        ? { key, items: head.data, next: head.next }
        : { ...before, items: [...head.data.slice(0, at), ...items] };
    });
  }, [head, key]);

  return {
    items: current?.items ?? null,
    failure: live.failure ?? failure,
    fresh,
    hasMore: current !== null && current.next !== null,
    isLoadingMore,
    showFresh() {
      if (head !== null) setShown({ key, items: head.data, next: head.next });
      scrollTo({ top: 0 });
    },
    loadMore() {
      if (current === null || current.next === null || isLoadingMore) return;
      setLoadingMore(true);
      load(current.next)
        .then(
          ({ data, next }) => {
            setFailure(null);
            setShown((before) => (before?.key === key ? { key, items: [...before.items, ...data], next } : before));
          },
          (error: ApiFailure) => setFailure(error),
        )
        .finally(() => setLoadingMore(false));
    },
    refresh: live.refresh,
  };
}

function useAtTop(): { readonly current: boolean } {
  const isAtTop = useRef(true);
  useEffect(() => {
    const note = (): void => void (isAtTop.current = scrollY < 60);
    note();
    addEventListener("scroll", note, { passive: true });
    return () => removeEventListener("scroll", note);
  }, []);
  return isAtTop;
}
