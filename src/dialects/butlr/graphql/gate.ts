// Few large answers at once, and one for each organization: they hold the memory, so their number is its bound.

export interface Gate {
  /** Resolves when this organization may make a large answer; call the function that comes back when it was sent. */
  enter(organization: string): Promise<() => void>;
}

export function createGate(mostAtOnce: number): Gate {
  const inside = new Set<string>();
  const waiting: { readonly organization: string; readonly open: (leave: () => void) => void }[] = [];

  const admit = (): void => {
    for (let index = 0; index < waiting.length && inside.size < mostAtOnce; ) {
      const { organization, open } = waiting[index]!;
      if (inside.has(organization)) {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      inside.add(organization);
      let left = false;
      open(() => {
        if (left) return;
        left = true;
        inside.delete(organization);
        admit();
      });
    }
  };

  return {
    enter: (organization) =>
      new Promise((open) => {
        waiting.push({ organization, open });
        admit();
      }),
  };
}
