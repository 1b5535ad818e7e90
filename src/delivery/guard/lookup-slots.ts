// Who may look up a name now. A look-up that hangs keeps its slot for many seconds and cannot be called back, so one
// organization never has more than a quarter of the slots.

import type { Cancel } from "../../clock.ts";

export interface LookupSlots {
  /** Calls `begin` once, perhaps at once, when the organization may look up a name; `begin` gets the function that gives
   * the slot back. Returns a function that leaves the queue. */
  wait(organization: string, begin: (giveBack: () => void) => void): Cancel;
}

type Begin = (giveBack: () => void) => void;

/** An organization with look-ups waiting or under way. */
interface Entrant {
  readonly queue: Set<Begin>;
  taken: number;
}

/** Up to three organizations may hang with all they have, and a fourth still looks names up at once. Where more hang, each
 * slot that comes back goes to the organization that has fewest, in turn. */
export function createLookupSlots(count: number): LookupSlots {
  const most = Math.max(1, Math.floor(count / 4));
  /** The organization that has waited longest since its last turn comes first. */
  const entrants = new Map<string, Entrant>();
  let free = count;

  function next(): string | null {
    let least = most;
    let chosen: string | null = null;
    for (const [organization, { queue, taken }] of entrants) {
      if (queue.size === 0 || taken >= least) continue;
      least = taken;
      chosen = organization;
      if (taken === 0) break;
    }
    return chosen;
  }

  function admit(): void {
    while (free > 0) {
      const organization = next();
      if (organization === null) return;
      start(organization, entrants.get(organization)!);
    }
  }

  function start(organization: string, entrant: Entrant): void {
    const [begin] = entrant.queue;
    entrant.queue.delete(begin!);
    entrant.taken++;
    free--;
    begin!(() => {
      entrant.taken--;
      free++;
      // It had its turn: among those that have as few, it comes last.
      entrants.delete(organization);
      if (entrant.queue.size + entrant.taken > 0) entrants.set(organization, entrant);
      admit();
    });
  }

  return {
    wait(organization, begin) {
      let entrant = entrants.get(organization);
      if (entrant === undefined) entrants.set(organization, (entrant = { queue: new Set(), taken: 0 }));
      const { queue } = entrant;
      const ticket: Begin = (giveBack) => begin(giveBack);
      queue.add(ticket);
      admit();
      return () => {
        if (queue.delete(ticket) && queue.size + entrant.taken === 0) entrants.delete(organization);
      };
    },
  };
}
