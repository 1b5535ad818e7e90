// Does what others asked for [acts.ts], all together, and writes what follows from it in one transaction.

import type { Organization, Organizations } from "../../organizations/organizations.ts";
import { stopped, type WaitingAct } from "./acts.ts";
import type { Conclusion, Sensings } from "./sensings.ts";

export interface PerformDeps {
  readonly organizations: Pick<Organizations, "get">;
  readonly sensings: Pick<Sensings, "of">;
  readonly now: () => number;
  /** In the log: up to where sensing has folded. */
  readonly position: number;
  /** False: not before the stop. */
  readonly write: (conclusions: readonly Conclusion[], touched: Iterable<string>) => Promise<boolean>;
}

/** Whoever asked hears of it. Throws what kept it from being written. */
export async function performActs(taken: readonly WaitingAct[], deps: PerformDeps): Promise<void> {
  const { organizations, sensings, position } = deps;
  if (taken.length === 0) return;
  try {
    const concerned = new Map<string, Organization | null>();
    for (const { organization: id } of taken) concerned.set(id, await organizations.get(id));
    const now = deps.now();
    const conclusions: Conclusion[] = [];
    for (const act of taken) {
      const { organization: id } = act;
      const organization = concerned.get(id) ?? null;
      act.run(organization === null ? null : sensings.of(organization, now), now, (facts) => {
        for (const fact of facts) conclusions.push({ organization: id, fact, position });
      });
    }
    const isWritten = await deps.write(conclusions, concerned.keys());
    for (const act of taken) {
      if (isWritten) act.settle();
      else act.fail(stopped());
    }
  } catch (error) {
    for (const act of taken) act.fail(error);
    throw error;
  }
}
