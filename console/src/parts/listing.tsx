// A list of pages, newest first: whether it is fresh, what is new, its rows or what stands in their place, and what is older.

import type { Pages } from "../live/use-pages.ts";
import { NotRead, Stale } from "./faces.tsx";
import { Fresh, ListEnd } from "./list-end.tsx";

interface ListingProps<Item> {
  readonly pages: Pages<Item>;
  /** What new ones are called; absent: they are not told. */
  readonly what?: Parameters<typeof Fresh>[0]["what"];
  /** Drawn while it is read. */
  readonly rows?: number;
  /** Where there is none. */
  readonly nothing: preact.JSX.Element;
  readonly table: (items: readonly Item[]) => preact.JSX.Element;
}

export function Listing<Item>({ pages, what, rows = 10, nothing, table }: ListingProps<Item>) {
  const { items, failure } = pages;
  return (
    <>
      <Stale failure={items === null ? null : failure} />
      {what !== undefined && <Fresh pages={pages} what={what} />}
      {items === null ? (
        <NotRead failure={failure} again={pages.refresh} rows={rows} />
      ) : items.length === 0 ? (
        nothing
      ) : (
        table(items)
      )}
      <ListEnd pages={pages} />
    </>
  );
}
