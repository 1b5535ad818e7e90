// After a restart: what sensing had in memory only is made again from the log. Frames of minutes that are not over lie there
// alone.

import type { Organizations } from "../../organizations/organizations.ts";
import type { LogPart } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { RereadMark } from "./reread-mark.ts";
import type { Sensings } from "./sensings.ts";

export interface ReadAgainDeps {
  readonly ledger: Pick<Ledger, "readObservations">;
  readonly organizations: Organizations;
  readonly sensings: Pick<Sensings, "reread" | "resume">;
  readonly reread: Pick<RereadMark, "pass">;
  /** Of the log; undefined: all of it. */
  readonly part: LogPart | undefined;
  /** When this process began, epoch ms. */
  readonly begun: number;
}

const pageSize = 512;

/** Observations with `from` < position ≤ `upTo`, which an earlier process has folded. */
export async function readAgain(
  { ledger, organizations, sensings, reread, part, begun }: ReadAgainDeps,
  from: number,
  upTo: number,
): Promise<void> {
  let newest = -Infinity;
  for (let after = from; after < upTo; ) {
    const page = await ledger.readObservations(after, pageSize, part);
    for (const each of page) {
      if (each.position > upTo) break;
      reread.pass(each.position, each.acceptedAt);
      const organization = await organizations.get(each.organization);
      if (organization !== null) sensings.reread(organization, each);
      newest = each.acceptedAt;
    }
    after = page.at(-1)?.position ?? upTo;
  }
  sensings.resume(newest, begun);
}
