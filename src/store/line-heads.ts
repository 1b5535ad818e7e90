// Which delivery is the head of which line, in memory: by line, and by delivery.

export interface Line {
  readonly lane: number;
  readonly line: string;
  readonly head: number;
  /** It has a row in the table. */
  readonly isKept: boolean;
}

export interface LineHeads {
  /** The head of the line. */
  of(lane: number, line: string): Line | undefined;
  /** The line that it is the head of. */
  byDelivery(delivery: number): Line | undefined;
  note(line: Line): void;
  forget(line: Line): void;
  /** The lines of the lane by name; undefined: it has none. */
  ofLane(lane: number): ReadonlyMap<string, Line> | undefined;
  lanes(): readonly number[];
}

export function createLineHeads(): LineHeads {
  const byLane = new Map<number, Map<string, Line>>();
  const byHead = new Map<number, Line>();
  return {
    of: (lane, line) => byLane.get(lane)?.get(line),
    byDelivery: (delivery) => byHead.get(delivery),
    note(line) {
      let lines = byLane.get(line.lane);
      if (lines === undefined) byLane.set(line.lane, (lines = new Map()));
      lines.set(line.line, line);
      byHead.set(line.head, line);
    },
    forget({ lane, line, head }) {
      byHead.delete(head);
      const lines = byLane.get(lane);
      lines?.delete(line);
      if (lines?.size === 0) byLane.delete(lane);
    },
    ofLane: (lane) => byLane.get(lane),
    lanes: () => [...byLane.keys()],
  };
}
