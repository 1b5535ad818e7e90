// Counts how many there are of each key. A key of which there are none takes no memory.

export interface Counts<Key> {
  of(key: Key): number;
  add(key: Key): void;
  /** Takes away one that was added. */
  remove(key: Key): void;
}

export function createCounts<Key>(): Counts<Key> {
  const counts = new Map<Key, number>();
  const of = (key: Key): number => counts.get(key) ?? 0;
  return {
    of,
    add: (key) => void counts.set(key, of(key) + 1),
    remove(key) {
      const left = of(key) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    },
  };
}
