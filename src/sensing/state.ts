// What a fold works with: a read-only view of what sensing remembers, and what one observation adds to it. The state is
// small JSON texts by key; whoever folds stores the changes together with the events, so a restart goes on exactly.

import type { Fact } from "../model/fact.ts";

export interface SensingState {
  get(key: string): string | undefined;
}

export interface StateChange {
  readonly key: string;
  /** null forgets the key. */
  readonly value: string | null;
}

/** What follows from one observation. */
export interface Fold {
  readonly facts: readonly Fact[];
  readonly changed: readonly StateChange[];
}

export const nothing: Fold = { facts: [], changed: [] };

/** What is remembered about things of one sort, each by its id. */
export interface Memory<Shape> {
  of(state: SensingState, id: string): Shape | undefined;
  keep(id: string, value: Shape): StateChange;
}

/** No two memories may have the same name: it begins their keys. */
export function memory<Shape extends object>(name: string): Memory<Shape> {
  return {
    of(state, id) {
      const text = state.get(`${name}:${id}`);
      return text === undefined ? undefined : (JSON.parse(text) as Shape);
    },
    keep: (id, value) => ({ key: `${name}:${id}`, value: JSON.stringify(value) }),
  };
}

/** Several conclusions from one observation as one; their keys must differ. */
export function together(...folds: readonly Fold[]): Fold {
  return { facts: folds.flatMap(({ facts }) => facts), changed: folds.flatMap(({ changed }) => changed) };
}
