// One fault of the suite: what is done to a real server, what it must hold, and what was found.

import type { Tool } from "./rig/tools.ts";

export interface Fault {
  readonly name: string;
  /** One sentence for the list. */
  readonly what: string;
  /** What `--rounds` counts and how many there are without it; null: the fault has no rounds. */
  readonly rounds: { readonly of: string; readonly normally: number } | null;
  /** How many events it takes without `--events`; absent: that is fixed. */
  readonly events?: number;
  /** How long it takes without `--minutes`; absent: that is fixed. */
  readonly minutes?: number;
  readonly needs: readonly Tool[];
  run(options: Options): Promise<Finding>;
}

export interface Options {
  readonly rounds: number;
  /** 0: that is fixed. */
  readonly events: number;
  /** 0: that is fixed. */
  readonly minutes: number;
  readonly seed: string;
  /** How far it has come, for somebody who waits. */
  readonly say: (text: string) => void;
}

export interface Finding {
  readonly figures: Readonly<Record<string, number | string>>;
  /** Promises that were not kept. */
  readonly faults: readonly string[];
  /** Promises about time that were not kept: on a busy machine that says little. */
  readonly late?: readonly string[];
}
