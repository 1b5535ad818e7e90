// Values that several asset types share: capacity, area, metadata, and filters by id. Pure.

import type { Area, Capacity, MetaData } from "../../../building/asset-document.ts";
import { areaOf } from "../../../building/geometry.ts";
import type { Point } from "../../../model/fact.ts";

/** What a payload says, too, where the model has no value for something that must be there [design §5]. */
export const unknown = "unknown";

export const capacityView = ({ max, mid }: Capacity = {}) => ({ max: max ?? null, mid: mid ?? null });

/** Of those that say something; null where none does. */
export function capacitySum(capacities: readonly (Capacity | undefined)[]) {
  const sum = (field: keyof Capacity): number | null => {
    const known = capacities.flatMap((each) => each?.[field] ?? []);
    return known.length === 0 ? null : known.reduce((total, each) => total + each, 0);
  };
  return { max: sum("max"), mid: sum("mid") };
}

/** As given, else worked out from the outline. */
export function areaView(area: Area | undefined, outline: readonly Point[] | undefined) {
  if (area !== undefined) return { value: area.value ?? null, unit: area.unit ?? null };
  if (outline === undefined || outline.length === 0) return { value: null, unit: null };
  return { value: Math.round(areaOf(outline) * 1e6) / 1e6, unit: "m2" };
}

export const metadataView = ({ created_at, updated_at, deleted_at }: MetaData = {}) => ({
  created_at: created_at ?? null,
  updated_at: updated_at ?? null,
  deleted_at: deleted_at ?? null,
});

interface Identified {
  readonly document: { readonly id: string };
}

/** Those with these ids, each once, in the order of `all`; all of them where no ids are given. */
export function withIds<Node extends Identified>(
  all: readonly Node[],
  ids: readonly string[] | null | undefined,
): readonly Node[] {
  if (ids === undefined || ids === null) return all;
  const wanted = new Set(ids);
  return all.filter(({ document }) => wanted.has(document.id));
}
