// What has to be done where another node owns an organization: it is asked, or told where nobody waits for an answer. What the
// other one does then: node-calls.ts.

import type { Log } from "../log.ts";
import type { Calls } from "../nodes/calls.ts";
import type { Elsewhere } from "./engine.ts";

export interface OwnersElsewhereDeps {
  readonly calls: Calls;
  readonly sliceOf: (organization: string) => number;
  readonly hint: (text: string) => void;
  readonly log: Log;
}

/** A whole lane may have a million rows. */
const longMs = 30_000;
const statusMs = 2_000;

export function createOwnersElsewhere({ calls, sliceOf, hint, log }: OwnersElsewhereDeps): Elsewhere {
  const ask = <Answer>(organization: string, name: string, argument: object, patienceMs?: number): Promise<Answer> =>
    calls.ask({ slice: sliceOf(organization) }, name, { organization, ...argument }, patienceMs);
  const tell = (organization: string, name: string, argument: object): void =>
    void calls
      .tell({ slice: sliceOf(organization) }, name, { organization, ...argument })
      .catch((err: unknown) => log.warn("call.not_sent", { err, call: name }, "Another node could not be told."));
  return {
    arrived: () => hint("arrivals"),
    openLane: (organization, lane) => ask(organization, "open_lane", { lane }),
    hastenLane: (organization, lane) => ask(organization, "hasten_lane", { lane }, longMs),
    hastenOne: (organization, lane, delivery) => ask(organization, "hasten_one", { lane, delivery }),
    status: statusOf(calls, sliceOf),
    readAgain: (organization) => tell(organization, "read_again", {}),
    expired: (organization, lanes) => tell(organization, "expired", { lanes }),
  };
}

/** Lists ask for many at a time: those of one slice go together. A status that nobody tells in time is not known. */
function statusOf(calls: Calls, sliceOf: (organization: string) => number): Elsewhere["status"] {
  type Statuses = Awaited<ReturnType<Elsewhere["status"]>>[];
  const gathered = new Map<number, { readonly lanes: number[]; readonly answer: Promise<Statuses> }>();
  return async (organization, lane) => {
    const slice = sliceOf(organization);
    let group = gathered.get(slice);
    if (group === undefined) {
      const lanes: number[] = [];
      const answer = Promise.resolve().then(() => {
        gathered.delete(slice);
        return calls.ask<Statuses>({ slice }, "status", { lanes }, statusMs).catch(() => []);
      });
      gathered.set(slice, (group = { lanes, answer }));
    }
    const index = group.lanes.push(lane) - 1;
    return (await group.answer)[index] ?? null;
  };
}
