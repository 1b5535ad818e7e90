// How many reports are worked out at once: a few of each organization, the others wait in line. Too long a line is refused.

import { BelfryError } from "../../../errors.ts";

const most = { running: 2, waiting: 100 } as const;

/** Runs a task when it is its turn. Throws TOO_MANY_REQUESTS where too many wait. */
export type Slots = <Value>(organization: string, task: () => Promise<Value>) => Promise<Value>;

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

export function createSlots(): Slots {
  const lines = new Map<string, Line>();
  return async (organization, task) => {
    const line = lines.get(organization) ?? { running: 0, waiting: [] };
    lines.set(organization, line);
    if (line.running >= most.running) {
      if (line.waiting.length >= most.waiting) {
        throw new BelfryError("TOO_MANY_REQUESTS", "Too many reports of this organization wait. Ask again in a while.");
      }
      await new Promise<void>((enter) => line.waiting.push(enter));
    } else line.running++;
    try {
      return await task();
    } finally {
      // The next one takes the place over.
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.running === 0) lines.delete(organization);
    }
  };
}
