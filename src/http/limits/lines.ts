// Lines by sharer: so many of each are inside at once, the others wait in the order in which they came.

export interface Lines {
  /** Lets it go in, at once or when it is its turn. Returns how to leave, from wherever it stands; whoever leaves before it went
   * in does not go in. */
  enter(sharer: string, go: (leave: () => void) => void): () => void;
}

interface Entrant {
  readonly go: () => void;
  isInside: boolean;
  hasLeft: boolean;
}

interface Line {
  /** How many are inside. */
  inside: number;
  readonly waiting: Set<Entrant>;
}

/** `most`: of one sharer. */
export function createLines(most: number): Lines {
  const lines = new Map<string, Line>();

  const free = (sharer: string, line: Line): void => {
    const [next] = line.waiting;
    if (next === undefined) {
      if (--line.inside === 0) lines.delete(sharer);
      return;
    }
    // It takes the place over. In another turn of the event loop: it may leave at once, and so would all behind it.
    line.waiting.delete(next);
    next.isInside = true;
    setImmediate(() => {
      if (!next.hasLeft) next.go();
    });
  };

  return {
    enter(sharer, go) {
      const line = lines.get(sharer) ?? { inside: 0, waiting: new Set() };
      lines.set(sharer, line);
      const leave = (): void => {
        if (each.hasLeft) return;
        each.hasLeft = true;
        if (each.isInside) free(sharer, line);
        else line.waiting.delete(each);
      };
      const each: Entrant = { go: () => go(leave), isInside: line.inside < most, hasLeft: false };
      if (each.isInside) {
        line.inside++;
        each.go();
      } else line.waiting.add(each);
      return leave;
    },
  };
}
