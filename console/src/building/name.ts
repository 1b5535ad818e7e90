// The name of a place, a device or a person in the building model.

export interface Name {
  readonly name: string;
  /** `room`, `sensor`, `door` … */
  readonly kind: string;
  /** The floor it is on, if on one. */
  readonly floor: string | null;
  readonly building: string | null;
}

/** The records of these kinds, in the order of the model, each by its id: a number of the vendor's API names it once more. */
export const recordsOf = (
  names: ReadonlyMap<string, Name>,
  ...kinds: readonly string[]
): readonly (readonly [id: string, name: Name])[] =>
  [...names].filter(([id, { kind }]) => kinds.includes(kind) && !/^\d+$/.test(id));
