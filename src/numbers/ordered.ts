// Long lists in an order that never depends on what else is in them, read page by page: a page costs what it shows and passes
// over, however long the list is.

/** Unique in its list, and the same as long as the thing is there. */
export interface Positioned<Item> {
  readonly position: string;
  readonly item: Item;
}

/** Of a list: behind `after`, at most `limit`. */
export interface PlacePage {
  readonly after: string | null;
  readonly limit: number;
}

export interface Placed<Item> {
  readonly items: readonly Item[];
  /** Ask for the next page with it; null: this was the last. */
  readonly after: string | null;
}

export function inOrder<Item>(items: Iterable<Item>, position: (item: Item) => string): readonly Positioned<Item>[] {
  return [...items]
    .map((item) => ({ position: position(item), item }))
    .toSorted((a, b) => (a.position < b.position ? -1 : 1));
}

/** `fits`: what else decides whether an item is in the list. */
export function pageIn<Item>(
  all: readonly Positioned<Item>[],
  { after, limit }: PlacePage,
  fits: (item: Item) => boolean,
): Placed<Item> {
  const items: Item[] = [];
  let last = after;
  for (let index = firstBehind(all, after); index < all.length; index++) {
    const { item, position } = all[index]!;
    if (!fits(item)) continue;
    if (items.length === limit) return { items, after: last };
    items.push(item);
    last = position;
  }
  return { items, after: null };
}

function firstBehind(all: readonly Positioned<unknown>[], after: string | null): number {
  if (after === null) return 0;
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]!.position <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
