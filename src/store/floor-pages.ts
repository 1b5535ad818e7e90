// What the observation log says of a floor, page by page: it may be long, and others read too.

import type { LoggedObservation } from "../model/observation.ts";
import type { LogPlace } from "./acceptance.ts";
import type { Ledger } from "./ledger.ts";

const pageSize = 1_000;

/** Observations of the floor with `from` ≤ moment of sensing < `until`, in order of that moment. */
export async function* floorPages(
  ledger: Pick<Ledger, "readFloor">,
  organization: string,
  { floor, from, until }: { readonly floor: string; readonly from: number; readonly until: number },
): AsyncGenerator<readonly LoggedObservation[]> {
  let after: LogPlace | undefined;
  for (;;) {
    const page = await ledger.readFloor(organization, floor, from, until, pageSize, after);
    yield page;
    if (page.length < pageSize) return;
    const { observation, position } = page.at(-1)!;
    after = { at: observation.at, position };
  }
}
