// Works off withdrawals: the lanes they concern start nothing until what the tenant may no longer have is cancelled. All that
// wait are worked off in one pass over what is owed. What a stop leaves undone the next start finds again.

import type { PendingWithdrawal } from "../../model/withdrawal.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { createCounts } from "../structures/counts.ts";
import { type BackgroundOptions, createBackgroundLoop } from "../background-loop.ts";

export interface Withdrawing {
  /** What is known already is passed over. */
  add(withdrawals: Iterable<PendingWithdrawal>): void;
  /** Whether one of them concerns the lane. */
  concerns(lane: number): boolean;
  /** Resolves when it works on nothing. */
  idle(): Promise<void>;
}

export interface WithdrawingDeps extends BackgroundOptions {
  readonly ledger: Pick<Ledger, "withdraw">;
  readonly epoch: () => Epoch;
  /** Time of the final state, epoch ms. */
  readonly now: () => number;
  /** Something about the lane has changed: a withdrawal has come, or all of them are done. */
  readonly onChanged: (lane: number) => void;
}

export function createWithdrawing(deps: WithdrawingDeps): Withdrawing {
  const { ledger, epoch, now, onChanged } = deps;
  /** Lanes by the number of a withdrawal. */
  const known = new Map<number, number>();
  /** How many of them each lane has. */
  const lanes = createCounts<number>();
  /** Those that this pass works off, and the last delivery it has looked at. */
  let pass: { readonly numbers: readonly number[]; readonly after: number } | null = null;

  async function step(): Promise<0 | null> {
    if (known.size === 0) return null;
    pass ??= { numbers: [...known.keys()], after: 0 };
    const { numbers } = pass;
    const after = await ledger.withdraw(epoch(), numbers, pass.after, now());
    pass = after === null ? null : { numbers, after };
    if (after === null) finish(numbers);
    return 0;
  }

  function finish(numbers: readonly number[]): void {
    for (const number of numbers) {
      const lane = known.get(number)!;
      known.delete(number);
      lanes.remove(lane);
      if (lanes.of(lane) === 0) onChanged(lane);
    }
  }

  const message = "Deliveries that their tenant may no longer have could not be cancelled; trying again.";
  const loop = createBackgroundLoop(step, message, deps);
  return {
    add(withdrawals) {
      for (const { number, lane } of withdrawals) {
        if (known.has(number)) continue;
        known.set(number, lane);
        lanes.add(lane);
        onChanged(lane);
        loop.wake();
      }
    },
    concerns: (lane) => lanes.of(lane) > 0,
    idle: loop.idle,
  };
}
