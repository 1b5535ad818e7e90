// What one operation may cost, and when it gives way: its values are counted, and between the items of its lists it waits for
// its turn and, where the answer grows large, for its place among the large ones.

import { pauseOf, type Turns } from "../../../turns.ts";
import type { Gate } from "./gate.ts";

export interface Work {
  /** Counted so far. */
  readonly values: number;
  /** One more value of the answer. Throws TooMuch when there are too many. */
  count(): void;
  /** To be awaited before the next item of a list, `size` characters into the answer; undefined: go on at once. */
  pause(size: number): Promise<void> | undefined;
  /** To be called when the answer was sent, or there is none. */
  end(): void;
}

/** Thrown where the answer would have more values than one answer may. */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}

/** 10,000 sensors with every field and the names of what is around them have about 700,000. */
const mostValues = 1_000_000;
/** Characters. Beyond it an answer is one of few at a time. */
const large = 1024 * 1024;

export function createWork(turns: Turns, gate: Gate, organization: string): Work {
  const pause = pauseOf(turns, organization);
  let values = 0;
  let ended = false;
  let isLarge = false;
  let leave: (() => void) | null = null;

  const enter = async (): Promise<void> => {
    isLarge = true;
    leave = await gate.enter(organization);
    if (ended) leave();
    else await turns.next(organization);
  };

  return {
    get values() {
      return values;
    },
    count() {
      if (++values <= mostValues) return;
      throw new TooMuch(`The answer would have more than ${mostValues} values. Ask for fewer fields or fewer places.`);
    },
    pause(size) {
      if (size > large && !isLarge) return enter();
      return pause();
    },
    end() {
      ended = true;
      leave?.();
    },
  };
}
