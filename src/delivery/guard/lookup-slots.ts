// Who may look up a name now. A look-up that hangs keeps its slot for many seconds and cannot be called back, so slots are
// kept free beforehand: an organization has never more of them than it leaves to the others.

import type { Cancel } from "../../clock.ts";

export interface LookupSlots {
  /** Stands in line until it is this organization's turn, then calls `begin` once, perhaps at once, with the way to give
   * the slot back. `slow`: the name is known to take long. Returns the way out of the line. */
  wait(organization: string, slow: boolean, begin: (giveBack: () => void) => void): Cancel;
}

type Begin = (giveBack: () => void) => void;

type Pace = "quick" | "slow";

/** An organization with something in line or under way. */
interface Party {
  readonly line: Readonly<Record<Pace, Set<Begin>>>;
  readonly taken: Record<Pace, number>;
}

/** A slot is for an organization that has fewer of them than are free: one alone gets half, several share, and the last one
 * is for whoever has none. So none are left only when more than log2(count) organizations hang at once; then each that is
 * given back goes to whoever has fewest, in turn. Names known to be slow share half of the slots by the same rule, so that
 * no number of organizations takes all with names that have hung before. */
export function createLookupSlots(count: number): LookupSlots {
  /** Who has waited longest since its last turn comes first. */
  const parties = new Map<string, Party>();
  const free = { all: count, slow: Math.max(1, Math.floor(count / 2)) };

  function nextOf({ line, taken }: Party): Pace | null {
    if (line.quick.size > 0) return "quick";
    return line.slow.size > 0 && taken.slow < free.slow ? "slow" : null;
  }

  function admit(): void {
    while (free.all > 0) {
      let least = free.all;
      let chosen: string | null = null;
      for (const [organization, party] of parties) {
        const taken = party.taken.quick + party.taken.slow;
        if (taken >= least || nextOf(party) === null) continue;
        least = taken;
        chosen = organization;
        if (taken === 0) break;
      }
      if (chosen === null) return;
      start(chosen);
    }
  }

  function start(organization: string): void {
    const party = parties.get(organization)!;
    const pace = nextOf(party)!;
    const [begin] = party.line[pace];
    party.line[pace].delete(begin!);
    take(party, pace, 1);
    begin!(() => {
      take(party, pace, -1);
      // It had its turn: among those who have as few, it comes last.
      parties.delete(organization);
      parties.set(organization, party);
      tidy(organization, party);
      admit();
    });
  }

  function take({ taken }: Party, pace: Pace, slots: 1 | -1): void {
    taken[pace] += slots;
    free.all -= slots;
    if (pace === "slow") free.slow -= slots;
  }

  function tidy(organization: string, { line, taken }: Party): void {
    if (line.quick.size + line.slow.size + taken.quick + taken.slow === 0) parties.delete(organization);
  }

  return {
    wait(organization, slow, begin) {
      let party = parties.get(organization);
      if (party === undefined) {
        party = { line: { quick: new Set(), slow: new Set() }, taken: { quick: 0, slow: 0 } };
        parties.set(organization, party);
      }
      const line = party.line[slow ? "slow" : "quick"];
      const ticket: Begin = (giveBack) => begin(giveBack);
      line.add(ticket);
      admit();
      return () => {
        if (line.delete(ticket)) tidy(organization, party);
      };
    },
  };
}
