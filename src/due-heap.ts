// A heap of things by the time they are due, as an array. Whoever keeps it decides which entries still count.

export interface Due {
  readonly at: number;
}

export function pushDue<Entry extends Due>(heap: Entry[], entry: Entry): void {
  let hole = heap.push(entry) - 1;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (heap[parent]!.at <= entry.at) break;
    heap[hole] = heap[parent]!;
    hole = parent;
  }
  heap[hole] = entry;
}

/** Removes the first entry. */
export function popEarliest(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[hole] = heap[child]!;
    hole = child;
  }
  heap[hole] = last;
}
