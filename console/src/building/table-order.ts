// In which order the table lists spaces: floors as they stand, below each its rooms by name, then its zones. Pure.

import type { SpaceNow } from "../api/types.ts";

/** Desk 2 before Desk 10. */
const names = new Intl.Collator("en", { numeric: true });

/** `spaces`: floor by floor, on each the floor itself, its rooms, its zones. */
export function tableOrder<Listed extends Pick<SpaceNow, "level" | "name">>(
  spaces: readonly Listed[],
): readonly Listed[] {
  const groups: Listed[][] = [];
  for (const space of spaces) {
    const last = groups.at(-1);
    if (space.level !== "floor" && last?.[0]!.level === space.level) last.push(space);
    else groups.push([space]);
  }
  return groups.flatMap((group) => group.toSorted((a, b) => names.compare(a.name, b.name)));
}
