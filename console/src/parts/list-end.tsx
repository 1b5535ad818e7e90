// Above and below a list: what is new, and what is older.

import type { Pages } from "../live/use-pages.ts";

const many = { delivery: "deliveries", event: "events", entry: "entries" } as const;

export function Fresh({ pages, what }: { readonly pages: Pages<unknown>; readonly what: keyof typeof many }) {
  if (pages.fresh === 0) return null;
  const count = pages.fresh >= 50 ? "50 or more" : String(pages.fresh);
  return (
    <button type="button" class="fresh" onClick={pages.showFresh}>
      Show {count} new {pages.fresh === 1 ? what : many[what]}
    </button>
  );
}

export function ListEnd({ pages }: { readonly pages: Pages<unknown> }) {
  const { items, hasMore, isLoadingMore, loadMore } = pages;
  if (items === null || (items.length === 0 && !hasMore)) return null;
  return (
    <p class="list-end">
      {hasMore ? (
        <button type="button" class="button" disabled={isLoadingMore} onClick={loadMore}>
          {isLoadingMore ? "Looking" : items.length === 0 ? "Look further back" : "Show older ones"}
        </button>
      ) : (
        <span class="muted">That is all that is kept.</span>
      )}
    </p>
  );
}
