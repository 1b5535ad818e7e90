// The name of a place, a device or a person in the building model.

export interface Name {
  readonly name: string;
  /** `room`, `sensor`, `door` … */
  readonly kind: string;
  /** The floor it is on, if on one. */
  readonly floor: string | null;
  readonly building: string | null;
}
