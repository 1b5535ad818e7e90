// Who may look up a name now. A look-up that hangs keeps its slot for many seconds and cannot be called back, so slots are
// kept free beforehand: an organization has never more of them than it leaves to the others.

import type { Cancel } from "../../clock.ts";

export interface Slots {
  /** Stands in line until it is this organization's turn, then calls `begin` once, perhaps at once, with the way to give
   * the slot back. `slow`: the name is known to take long. Returns the way out of the line. */
  wait(organization: string, slow: boolean, begin: (giveBack: () => void) => void): Cancel;
}

type Begin = (giveBack: () => void) => void;

/** An organization with something in line or under way. */
interface Party {
  readonly line: { readonly quick: Set<Begin>; readonly slow: Set<Begin> };
  readonly taken: { quick: number; slow: number };
}

/** A slot is for an organization that has fewer than are free: one alone gets half of them, several share, and the last
 * one is for whoever has none. All are taken only when more than log2(count) organizations hang at once; then each that
 * is given back goes to whoever has fewest, in turn. Names known to be slow take half of what their organization may. */
export function createSlots(count: number): Slots {
  /** Who has waited longest since its last turn comes first. */
  const parties = new Map<string, Party>();
  let free = count;

  function nextOf({ line, taken }: Party): "quick" | "slow" | null {
    if (line.quick.size > 0) return "quick";
    return line.slow.size > 0 && 3 * taken.slow < free ? "slow" : null;
  }

  function admit(): void {
    for (;;) {
      let least = free;
      let chosen: string | null = null;
      for (const [organization, party] of parties) {
        const taken = party.taken.quick + party.taken.slow;
        if (taken >= least || nextOf(party) === null) continue;
        least = taken;
        chosen = organization;
      }
      if (chosen === null) return;
      start(chosen);
    }
  }

  function start(organization: string): void {
    const party = parties.get(organization)!;
    const kind = nextOf(party)!;
    const [begin] = party.line[kind];
    party.line[kind].delete(begin!);
    party.taken[kind]++;
    free--;
    begin!(() => {
      party.taken[kind]--;
      free++;
      // It had its turn: among those who have as few, it comes last.
      parties.delete(organization);
      parties.set(organization, party);
      tidy(organization, party);
      admit();
    });
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
