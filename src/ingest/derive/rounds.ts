// What follows from time alone, and late minutes: rounds over all organizations, in each of which another one is the first. What
// sensing has said must be written, even where something fails afterwards.

import type { Fact } from "../../model/fact.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";
import type { LateFloorMinute } from "../../sensing/sensing.ts";
import { correct, type LateMinutesDeps } from "./late-minutes.ts";
import type { Conclusion, Sensings } from "./sensings.ts";
import { enoughConclusions } from "./writer.ts";

export interface RoundsDeps extends LateMinutesDeps {
  readonly organizations: Organizations;
  readonly sensings: Pick<Sensings, "ids" | "known" | "isDue" | "advance">;
  /** With all changes of the organizations `touched`. */
  readonly write: (conclusions: readonly Conclusion[], touched: Iterable<string>) => Promise<unknown>;
}

export interface Rounds {
  /** What is due at `now`, and at most so many late minutes. `folded`: the position in the log up to which everything is
   * folded. True: there was more than is done at once. Throws where an organization or the log cannot be read. */
  advance(now: number, folded: number, lateMinutes: number): Promise<boolean>;
}

type Failure = { readonly error: unknown } | null;

export function createRounds(deps: RoundsDeps): Rounds {
  const { organizations, sensings, log } = deps;
  let turn = 0;

  /** What sensing says of several organizations, until it is written. */
  function createSaid(folded: number) {
    let conclusions: Conclusion[] = [];
    let touched = new Set<string>();
    return {
      note(organization: string, facts: readonly Fact[]): void {
        for (const fact of facts) conclusions.push({ organization, fact, position: folded });
        if (facts.length > 0 || sensings.known(organization)?.hasChanges() === true) touched.add(organization);
      },
      /** Where there are at least so many conclusions. */
      async flush(atLeast: number): Promise<void> {
        if (touched.size === 0 || conclusions.length < atLeast) return;
        const [facts, ids] = [conclusions, touched];
        [conclusions, touched] = [[], new Set()];
        await deps.write(facts, ids);
      },
    };
  }

  /** One organization that fails must not stop the others. */
  function advanceOne(organization: Organization, now: number): readonly Fact[] {
    try {
      return sensings.advance(organization, now);
    } catch (error) {
      const facts = { err: error, organization: organization.id };
      log.error("sensing.left_out", facts, "What is due could not be worked out.");
      return [];
    }
  }

  /** Why it ended before all were corrected; null: they are. */
  async function correctAll(
    organization: string,
    lates: readonly LateFloorMinute[],
    folded: number,
    now: number,
    said: ReturnType<typeof createSaid>,
  ): Promise<Failure> {
    const sensing = sensings.known(organization)!;
    for (const late of lates) {
      await said.flush(enoughConclusions);
      try {
        said.note(organization, await correct(deps, organization, sensing, late, folded, now));
      } catch (error) {
        return { error };
      }
    }
    return null;
  }

  return {
    async advance(now, folded, lateMinutes) {
      const said = createSaid(folded);
      let left = lateMinutes;
      let hasMore = false;
      let failure: Failure = null;
      try {
        for (const id of rotated(sensings.ids(), turn++)) {
          const organization = await organizations.get(id);
          if (organization === null) continue;
          said.note(id, advanceOne(organization, now));
          const late = sensings.known(id)?.late(now) ?? [];
          hasMore ||= late.length > left || sensings.isDue(id, now);
          failure = (await correctAll(id, late.slice(0, left), folded, now, said)) ?? failure;
          left = Math.max(left - late.length, 0);
          await said.flush(enoughConclusions);
        }
      } finally {
        await said.flush(0);
      }
      if (failure !== null) throw failure.error;
      return hasMore;
    },
  };
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
