// What is replayed of that time: types, how their delivery ended before, and how fast.

import type { DryRun, Subscription } from "../api/types.ts";
import { Choices } from "../parts/choices.tsx";
import { narrow } from "../route/place.ts";
import { type Criteria, endings } from "./criteria.ts";
import { totalsOf } from "./hours.ts";

interface ChooseKindsProps {
  readonly criteria: Criteria;
  readonly subscription: Subscription;
  readonly counted: DryRun | null;
}

export function ChooseKinds({ criteria, subscription, counted }: ChooseKindsProps) {
  const totals = new Map(totalsOf(counted?.counts ?? []));
  const types = [...new Set([...subscription.bindings.map(({ type }) => type), ...totals.keys()])];
  return (
    <section class="card" aria-labelledby="what">
      <h2 id="what">What to send</h2>
      <Choices
        legend="Types"
        all="All that it takes"
        options={types.map((type) => [
          type,
          counted === null ? type : `${type} (${(totals.get(type) ?? 0).toLocaleString("en-US")})`,
        ])}
        chosen={criteria.types}
        set={(chosen) => narrow({ types: chosen?.join(",") ?? null }, "replace")}
      />
      <Choices
        legend="Earlier delivery"
        all="Any"
        options={endings}
        chosen={criteria.endings}
        set={(chosen) => narrow({ endings: chosen?.join(",") ?? null }, "replace")}
      />
      <label class="field narrow">
        <span>Deliveries a second</span>
        <input
          type="number"
          min={1}
          step={1}
          value={criteria.perSecond ?? ""}
          placeholder="100, unless the server says otherwise"
          onChange={(event) => narrow({ per_second: event.currentTarget.value }, "replace")}
        />
      </label>
    </section>
  );
}
