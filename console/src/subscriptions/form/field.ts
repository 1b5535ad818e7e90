// A field of the form: what of the draft it shows, and what it changes.

import type { Draft } from "./draft.ts";

/** A part of the form. */
export interface Part {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
}

/** To be spread into a field that shows and changes one thing of the draft as it is. */
export const fieldOf =
  ({ draft, set }: Part) =>
  <Name extends keyof Draft>(name: Name) => ({
    value: draft[name],
    set: (value: Draft[Name]): void => set({ [name]: value }),
  });
