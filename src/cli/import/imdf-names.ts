// What the features of an IMDF archive are called: by labels in several languages, or by who occupies them, which an
// anchor ties to a unit.

import { asRecord } from "../json.ts";
import type { Feature } from "./features.ts";

export interface Names {
  /** Of a feature's own labels; null: it has none. */
  of(feature: Feature): string | null;
  /** Of labels: text by language tag. */
  in(labels: unknown): string | null;
  /** Of the first occupant of a unit. */
  ofOccupant(unit: Feature): string | null;
  /** The unit that a feature's anchor lies in; undefined: it has none. */
  unitOf(feature: Feature): unknown;
}

/** `language` wins over other languages of the same label; null: the first one. */
export function createNames(
  occupants: readonly Feature[],
  anchors: readonly Feature[],
  language: string | null,
): Names {
  const units = new Map(anchors.map(({ id, properties }) => [id, properties["unit_id"]]));
  const unitOf = ({ properties }: Feature): unknown => units.get(properties["anchor_id"]);
  const label = (labels: unknown): string | null => labelIn(labels, language);
  const byUnit = new Map<unknown, string>();
  for (const occupant of occupants) {
    const [unit, name] = [unitOf(occupant), label(occupant.properties["name"])];
    if (unit !== undefined && name !== null && !byUnit.has(unit)) byUnit.set(unit, name);
  }
  return {
    of: ({ properties }) => label(properties["name"]),
    in: label,
    ofOccupant: ({ id }) => byUnit.get(id) ?? null,
    unitOf,
  };
}

/** `en` finds `en-US`, and the other way round. */
function labelIn(labels: unknown, language: string | null): string | null {
  const texts = Object.entries(asRecord(labels)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1].trim() !== "",
  );
  const main = (tag: string): string => tag.toLowerCase().split("-")[0]!;
  const wanted =
    texts.find(([tag]) => tag.toLowerCase() === language?.toLowerCase()) ??
    texts.find(([tag]) => language !== null && main(tag) === main(language)) ??
    texts[0];
  return wanted?.[1] ?? null;
}
