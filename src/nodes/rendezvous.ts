// Which node should own which slice: the one with the highest hash of both, as long as it has room. Pure: every node that sees the
// same nodes comes to the same answer. A node that joins or leaves moves hardly more than its own part.

import { hash } from "node:crypto";

/** By slice, 0 to `slices` - 1: the id of its node. Empty: there are no nodes. No node has more than its equal part. */
export function assign(nodes: Iterable<string>, slices: number): readonly string[] {
  const ids = [...new Set(nodes)];
  if (ids.length === 0) return [];
  const most = Math.ceil(slices / ids.length);
  const pairs = ids.flatMap((node) =>
    Array.from({ length: slices }, (_, slice) => ({ node, slice, weight: weightOf(node, slice) })),
  );
  pairs.sort((one, other) => other.weight - one.weight || (one.node < other.node ? -1 : 1));
  const owners = Array.from<string | undefined>({ length: slices });
  const counts = new Map<string, number>();
  // The highest first: whoever has a slice is the best for it of those with room, and no two would gain by a swap.
  for (const { node, slice } of pairs) {
    const count = counts.get(node) ?? 0;
    if (owners[slice] !== undefined || count >= most) continue;
    owners[slice] = node;
    counts.set(node, count + 1);
  }
  return owners as string[];
}

const weightOf = (node: string, slice: number): number => hash("sha256", `${node} ${slice}`, "buffer").readUIntBE(0, 6);
