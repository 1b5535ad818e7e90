// A linked list whose members know where they stand, so that any of them leaves at once: what round robin needs when
// members come and go between their turns.

export interface Linked<Item extends Linked<Item>> {
  ring: Ring<Item> | null;
  before: Item | null;
  after: Item | null;
}

export interface Ring<Item extends Linked<Item>> {
  head: Item | null;
  tail: Item | null;
}

export const createRing = <Item extends Linked<Item>>(): Ring<Item> => ({ head: null, tail: null });

/** Puts an item that is in no ring at the end. */
export function append<Item extends Linked<Item>>(ring: Ring<Item>, item: Item): void {
  item.ring = ring;
  item.before = ring.tail;
  item.after = null;
  if (ring.tail === null) ring.head = item;
  else ring.tail.after = item;
  ring.tail = item;
}

/** Takes the item out of the ring it is in, if any. */
export function remove<Item extends Linked<Item>>(item: Item): void {
  const { ring } = item;
  if (ring === null) return;
  if (item.before === null) ring.head = item.after;
  else item.before.after = item.after;
  if (item.after === null) ring.tail = item.before;
  else item.after.before = item.before;
  item.ring = null;
  item.before = null;
  item.after = null;
}
