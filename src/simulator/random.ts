// Chance from a seed: the same seed gives the same numbers on every machine, for ever. Not for secrets.

export interface SeededRandom {
  /** In [0, 1). */
  fraction(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** Whole, in [low, high]. */
  whole(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** The same items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
  bytes(size: number): Uint8Array;
  chance(probability: number): boolean;
}

/** sfc32, seeded from the text of `seed`. */
export function createSeededRandom(seed: string): SeededRandom {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (let at = 0; at < seed.length; at++) {
    a = Math.imul(a ^ seed.charCodeAt(at), 0x01000193) >>> 0;
    b = Math.imul(b + seed.charCodeAt(at), 0x85ebca6b) >>> 0;
  }
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum;
  };
  for (let warm = 0; warm < 12; warm++) next();

  const fraction = (): number => next() / 2 ** 32;
  const between = (low: number, high: number): number => low + fraction() * (high - low);
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1));
  return {
    fraction,
    between,
    whole,
    pick: (items) => items[whole(0, items.length - 1)]!,
    shuffled(items) {
      const left = [...items];
      for (let last = left.length - 1; last > 0; last--) {
        const other = whole(0, last);
        [left[last], left[other]] = [left[other]!, left[last]!];
      }
      return left;
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => next() & 0xff),
    chance: (probability) => fraction() < probability,
  };
}
