/** The first `count` items. */
export function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    if (taken.push(item) >= count) break;
  }
  return taken;
}
