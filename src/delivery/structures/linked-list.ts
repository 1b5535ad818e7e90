// A linked list whose members know where they stand, so that any of them leaves at once: what round robin needs when
// members come and go between their turns.

export interface Linked<Item extends Linked<Item>> {
  list: LinkedList<Item> | null;
  before: Item | null;
  after: Item | null;
}

export interface LinkedList<Item extends Linked<Item>> {
  head: Item | null;
  tail: Item | null;
}

export const createLinkedList = <Item extends Linked<Item>>(): LinkedList<Item> => ({ head: null, tail: null });

/** Puts an item that is in no ring at the end. */
export function append<Item extends Linked<Item>>(list: LinkedList<Item>, item: Item): void {
  item.list = list;
  item.before = list.tail;
  item.after = null;
  if (list.tail === null) list.head = item;
  else list.tail.after = item;
  list.tail = item;
}

/** Takes the item out of the ring it is in, if any. */
export function remove<Item extends Linked<Item>>(item: Item): void {
  const { list } = item;
  if (list === null) return;
  if (item.before === null) list.head = item.after;
  else item.before.after = item.after;
  if (item.after === null) list.tail = item.before;
  else item.after.before = item.before;
  item.list = null;
  item.before = null;
  item.after = null;
}
