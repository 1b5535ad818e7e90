// The lanes to which something happened in this turn. All of them are reviewed together at the end of it, each once, however
// much happened to it.

import type { Lane } from "./lane.ts";

export interface ChangedLanes {
  /** Something about the lane has changed: it is reviewed at the end of the turn. */
  touch(lane: Lane): void;
  /** Gives up the lanes that were touched since it was last called. */
  take(): readonly Lane[];
  /** There is something to do at the end of the turn, whichever lane it is for. */
  endTurnSoon(): void;
}

export function createChangedLanes(onEndOfTurn: () => void): ChangedLanes {
  let [touched, taken]: [Lane[], Lane[]] = [[], []];
  let scheduled = false;

  function endTurn(): void {
    scheduled = false;
    onEndOfTurn();
  }

  function endTurnSoon(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(endTurn);
  }

  return {
    touch(lane) {
      if (!lane.changed) {
        lane.changed = true;
        touched.push(lane);
      }
      endTurnSoon();
    },
    take() {
      taken.length = 0;
      [touched, taken] = [taken, touched];
      for (const lane of taken) lane.changed = false;
      return taken;
    },
    endTurnSoon,
  };
}
