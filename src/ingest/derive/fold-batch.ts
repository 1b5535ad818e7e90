// What follows from observations, one after the other, as far as organizations can be read and until there is enough to write.

import type { Log } from "../../log.ts";
import type { Fact } from "../../model/fact.ts";
import type { LoggedObservation } from "../../model/observation.ts";
import type { Organization, Organizations } from "../../organizations/organizations.ts";
import type { RereadMark } from "./reread-mark.ts";
import type { Conclusion, Sensings } from "./sensings.ts";
import { enoughConclusions } from "./writer.ts";

export interface FoldDeps {
  readonly organizations: Organizations;
  readonly sensings: Pick<Sensings, "fold">;
  readonly reread: Pick<RereadMark, "pass">;
  readonly log: Log;
}

export interface Folded {
  readonly conclusions: readonly Conclusion[];
  /** Organizations of which something was folded. */
  readonly touched: ReadonlySet<string>;
  /** Position of the last one folded; null: none was. */
  readonly upTo: number | null;
  /** Why it ended early; null: nothing failed. */
  readonly failure: { readonly error: unknown } | null;
}

export async function foldBatch(deps: FoldDeps, batch: readonly LoggedObservation[]): Promise<Folded> {
  const conclusions: Conclusion[] = [];
  const touched = new Set<string>();
  let upTo: number | null = null;
  for (const each of batch) {
    if (conclusions.length >= enoughConclusions) break;
    let organization: Organization | null;
    try {
      organization = await deps.organizations.get(each.organization);
    } catch (error) {
      return { conclusions, touched, upTo, failure: { error } };
    }
    deps.reread.pass(each.position, each.acceptedAt);
    upTo = each.position;
    if (organization === null) continue;
    touched.add(organization.id);
    for (const fact of foldOne(deps, organization, each)) {
      const conclusion = { organization: organization.id, fact, position: each.position };
      conclusions.push(each.trace === undefined ? conclusion : { ...conclusion, trace: each.trace });
    }
  }
  return { conclusions, touched, upTo, failure: null };
}

/** What sensing cannot digest is logged and passed over: one bad row must not stop all. */
function foldOne({ sensings, log }: FoldDeps, organization: Organization, each: LoggedObservation): readonly Fact[] {
  try {
    return sensings.fold(organization, each);
  } catch (error) {
    const facts = {
      err: error,
      organization: each.organization,
      position: each.position,
      kind: each.observation.kind,
    };
    log.error("sensing.skipped", facts, "An observation could not be folded and is left out.");
    return [];
  }
}
