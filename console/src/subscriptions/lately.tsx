// The last deliveries of a subscription at a glance: how many succeeded, how long the receiver took, and a strip of them.

import type { Delivery } from "../api/types.ts";
import { Tile } from "../parts/tile.tsx";
import { plural } from "../../../src/words/plural.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { took } from "../../../src/words/time.ts";

export function Lately({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const count = (state: Delivery["state"]): number => deliveries.filter((each) => each.state === state).length;
  const first = deliveries.filter(
    ({ state, attempt_count: attempts }) => state === "delivered" && attempts <= 1,
  ).length;
  return (
    <>
      <dl class="tiles">
        <Tile
          name={`of the last ${plural(deliveries.length, "delivery", "deliveries")} delivered`}
          value={String(count("delivered"))}
        />
        <Tile name="of them at the first attempt" value={String(first)} />
      </dl>
      <div class="strip" role="img" aria-label={`The last deliveries, oldest first: ${summary(deliveries)}`}>
        {deliveries.toReversed().map(({ id, state, last_attempt: last }) => (
          <span
            key={id}
            class={`bar ${state} ${state === "pending" && last !== null ? "failing" : ""}`}
            title={
              last === null ? state : `${state}: ${outcomeWords(last.code, last.status)}, ${took(last.duration_ms)}`
            }
          >
            <span style={{ height: `${height(last?.duration_ms ?? 0)}%` }} />
          </span>
        ))}
      </div>
    </>
  );
}

/** `98 delivered, 2 pending` */
function summary(deliveries: readonly Delivery[]): string {
  const states = [...new Set(deliveries.map(({ state }) => state))];
  return states.map((state) => `${deliveries.filter((each) => each.state === state).length} ${state}`).join(", ");
}

/** 1 ms to 15 s on a log scale. */
const height = (ms: number): number =>
  Math.round(18 + (82 * Math.log10(1 + Math.min(ms, 15_000))) / Math.log10(15_001));
