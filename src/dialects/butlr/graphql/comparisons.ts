// How often validation compares two fields of one name to see whether they say the same: of n fields that stand for one value
// every pair, and all pairs of what is selected below them. It grows with the square of what a document repeats, so a few
// kilobytes of repeated fields can keep a core busy for a tenth of a second. Pure.

import { type FragmentDefinitionNode, Kind, type SelectionNode, type SelectionSetNode } from "graphql";

/** Pairs of fields in selections that stand for one value. Linear in their fields, fragments spread; no fragment may contain
 * itself. */
export function comparisons(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  const byKey = new Map<string, { count: number; readonly below: SelectionSetNode[] }>();
  const spread = new Set<string>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet.selections);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (spread.has(name)) continue;
        spread.add(name);
        collect(fragments.get(name)?.selectionSet.selections ?? []);
      } else {
        const key = selection.alias?.value ?? selection.name.value;
        const same = byKey.get(key) ?? { count: 0, below: [] };
        byKey.set(key, same);
        same.count++;
        if (selection.selectionSet !== undefined) same.below.push(selection.selectionSet);
      }
    }
  };
  for (const { selections } of sets) collect(selections);
  let pairs = 0;
  for (const { count, below } of byKey.values()) {
    pairs += (count * (count - 1)) / 2;
    if (below.length > 0) pairs += comparisons(below, fragments);
  }
  return pairs;
}
