// Heads of lines that a read has brought. Its owner may have them under way, so none gives way to an older delivery of its line, which
// comes to be read later: its clock was ahead, or its acceptance was written last. Kept over a rollback: what was read stays in the
// memory of the owner.

import { createLineHeads, type Line } from "./line-heads.ts";

export interface BroughtHeads {
  note(line: Line): void;
  has(delivery: number): boolean;
  /** The one of this line. It may have ended meanwhile. */
  of(lane: number, line: string): Line | undefined;
  /** It has ended or failed: no attempt of it is under way. */
  forget(delivery: number): void;
  forgetLane(lane: number): void;
  all(): readonly number[];
}

export function createBroughtHeads(): BroughtHeads {
  const heads = createLineHeads();
  const forgetLine = (line: Line | undefined): void => {
    if (line !== undefined) heads.forget(line);
  };
  const ofLane = (lane: number): readonly Line[] => [...(heads.ofLane(lane)?.values() ?? [])];
  return {
    note(line) {
      forgetLine(heads.of(line.lane, line.line));
      heads.note({ ...line, isKept: false });
    },
    has: (delivery) => heads.byDelivery(delivery) !== undefined,
    of: heads.of,
    forget: (delivery) => forgetLine(heads.byDelivery(delivery)),
    forgetLane: (lane) => ofLane(lane).forEach(heads.forget),
    all: () => heads.lanes().flatMap((lane) => ofLane(lane).map(({ head }) => head)),
  };
}
