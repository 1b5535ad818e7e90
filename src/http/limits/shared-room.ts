// Bytes that several sharers take from one room, such that none of them can fill it: a sharer may hold three times what would
// then still be free, and with nothing in hand it gets in as long as anything is free. So whoever comes new finds room,
// however much the others hold. Counts only; those who wait are the business of its users.

export interface SharedRoom {
  /** Whether this sharer may take so many bytes now. */
  fits(sharer: string, bytes: number): boolean;
  take(sharer: string, bytes: number): void;
  give(sharer: string, bytes: number): void;
}

const share = 3;
/** What is larger than any share goes in when the room is empty but for this part of it. */
const nearlyEmpty = 1 / 8;

export function createSharedRoom(size: number): SharedRoom {
  const held = new Map<string, number>();
  let all = 0;
  return {
    fits(sharer, bytes) {
      const own = held.get(sharer) ?? 0;
      if (own === 0) return all < size;
      const isOversized = bytes > share * (size - bytes);
      return isOversized ? all <= nearlyEmpty * size : own + bytes <= share * (size - all - bytes);
    },
    take(sharer, bytes) {
      all += bytes;
      held.set(sharer, (held.get(sharer) ?? 0) + bytes);
    },
    give(sharer, bytes) {
      all -= bytes;
      const left = held.get(sharer)! - bytes;
      if (left > 0) held.set(sharer, left);
      else held.delete(sharer);
    },
  };
}
