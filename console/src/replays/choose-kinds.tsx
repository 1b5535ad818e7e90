// What is replayed of that time: types, how their delivery ended before, and how fast.

import type { DryRun, Subscription } from "../api/types.ts";
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
      <h2 id="what">What of it</h2>
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
        legend="Only what"
        all="Whatever came of it"
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

interface ChoicesProps {
  readonly legend: string;
  readonly all: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  /** null: all. */
  readonly chosen: readonly string[] | null;
  readonly set: (chosen: readonly string[] | null) => void;
}

/** All, or some of them. With the last one taken away it is all again. */
export function Choices({ legend, all, options, chosen, set }: ChoicesProps) {
  const change = (value: string): void => {
    const rest = chosen?.includes(value) ? chosen.filter((each) => each !== value) : [...(chosen ?? []), value];
    set(rest.length === 0 ? null : rest);
  };
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      <label class="switch">
        <input type="checkbox" checked={chosen === null} disabled={chosen === null} onChange={() => set(null)} />
        <span>{all}</span>
      </label>
      {options.map(([value, name]) => (
        <label class="switch" key={value}>
          <input type="checkbox" checked={chosen?.includes(value) ?? false} onChange={() => change(value)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
