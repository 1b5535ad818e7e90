// What is owned here: by organization. A process on the embedded store owns everything, a node what its slices hold.

import type { Service } from "../service.ts";
import { sliceCount, sliceOf } from "../store/shards.ts";

export interface Owned<Owner> {
  /** undefined: another node owns it, or nobody does now. */
  of(organization: string): Owner | undefined;
  all(): Iterable<Owner>;
  /** Does what one owner does for all: undefined where it is another node. */
  first(): Owner | undefined;
}

/** Slices with an owner here. */
export interface OwnedSlices<Owner> extends Owned<Owner> {
  get(slice: number): Owner | undefined;
  put(slice: number, owner: Owner): void;
  drop(slice: number): void;
}

/** Organizations whose slice is remembered: it costs a hash, and is asked at every delivery. */
const mostRemembered = 200_000;

export function createSliceLookup(): (organization: string) => number {
  const known = new Map<string, number>();
  return (organization) => {
    let slice = known.get(organization);
    if (slice === undefined) {
      if (known.size >= mostRemembered) known.clear();
      known.set(organization, (slice = sliceOf(organization)));
    }
    return slice;
  };
}

export function createOwnedSlices<Owner>(slice: (organization: string) => number): OwnedSlices<Owner> {
  const owners = Array.from<Owner | undefined>({ length: sliceCount });
  return {
    of: (organization) => owners[slice(organization)],
    all: () => owners.filter((each) => each !== undefined),
    first: () => owners[0],
    get: (number) => owners[number],
    put: (number, owner) => void (owners[number] = owner),
    drop: (number) => void (owners[number] = undefined),
  };
}

/** One owner of everything, for as long as the process runs. */
export function ownedWhole<Owner extends Service>(make: () => Owner): Owned<Owner> & Service {
  let owner: Owner | undefined;
  return {
    of: () => owner,
    all: () => (owner === undefined ? [] : [owner]),
    first: () => owner,
    async start() {
      owner = make();
      await owner.start();
    },
    async stop() {
      await owner?.stop();
    },
  };
}
