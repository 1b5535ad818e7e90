// The ids of a building model as one text, a line for each: what crosses to the store's thread at the cost of copying bytes. As
// objects, a hundred thousand of them hold both threads up for a tenth of a second and more.

import type { PlaceId, PlaceKind } from "../model/place-id.ts";
import type { Steps } from "../steps.ts";

export interface PackedPlaces {
  readonly packed: string;
}

const linesOfStep = 256;

/** Ids and kinds have no spaces [building/fields.ts]. */
export function* packPlaces(places: readonly PlaceId[]): Steps<PackedPlaces> {
  const lines: string[] = [];
  for (const { kind, id, number } of places) {
    lines.push(number === null ? `${kind} ${id}` : `${kind} ${id} ${number}`);
    if (lines.length % linesOfStep === 0) yield;
  }
  return { packed: lines.join("\n") };
}

export function unpackPlaces({ packed }: PackedPlaces): readonly PlaceId[] {
  if (packed === "") return [];
  return packed.split("\n").map((line) => {
    const [kind, id, number] = line.split(" ") as [PlaceKind, string, string?];
    return { kind, id, number: number === undefined ? null : Number(number) };
  });
}
