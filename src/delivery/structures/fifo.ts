// First in, first out, at constant cost and without leaving garbage for every item.

export interface Fifo<Item> {
  items: (Item | undefined)[];
  head: number;
}

export const createFifo = <Item>(): Fifo<Item> => ({ items: [], head: 0 });

export const sizeOf = (fifo: Fifo<unknown>): number => fifo.items.length - fifo.head;

export const first = <Item>(fifo: Fifo<Item>): Item | undefined => fifo.items[fifo.head];

export function shift<Item>(fifo: Fifo<Item>): Item | undefined {
  const item = fifo.items[fifo.head];
  if (item === undefined) return undefined;
  fifo.items[fifo.head++] = undefined;
  if (fifo.head === fifo.items.length) clear(fifo);
  else if (fifo.head >= 64 && fifo.head * 2 >= fifo.items.length) {
    fifo.items = fifo.items.slice(fifo.head);
    fifo.head = 0;
  }
  return item;
}

/** Empties it and returns what was in it. */
export function drain<Item>(fifo: Fifo<Item>): Item[] {
  const rest = fifo.items.slice(fifo.head) as Item[];
  clear(fifo);
  return rest;
}

function clear(fifo: Fifo<unknown>): void {
  fifo.items.length = 0;
  fifo.head = 0;
}
