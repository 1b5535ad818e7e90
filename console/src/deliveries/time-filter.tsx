// From when until when: a span that ends now, or two moments in the local time of the buildings. Both stand in the address.

import { zone } from "../building/model.ts";
import { narrow, place } from "../route/place.ts";
import { Choice } from "./deliveries-page.tsx";
import { spans } from "./since.ts";
import { fromLocal, toLocal } from "./local-time.ts";

const between = "between";

export function TimeFilter() {
  const { since = "", until = "" } = place.value.query;
  const isBetween = until !== "" || (since !== "" && !spans.some(([value]) => value === since));
  const choose = (value: string): void => {
    if (value !== between) narrow({ since: value, until: null });
    else narrow({ since: new Date(Date.now() - 3_600_000).toISOString(), until: new Date().toISOString() });
  };
  return (
    <>
      <Choice
        name="since"
        title="Time"
        any="Any time"
        options={[...spans, [between, "Between…"]]}
        value={isBetween ? between : since}
        set={choose}
      />
      {isBetween && (
        <span class="between">
          <Moment label="From" name="since" value={since} />
          <Moment label="Until" name="until" value={until} />
          <span class="muted">{zone.value}</span>
        </span>
      )}
    </>
  );
}

function Moment({ label, name, value }: { readonly label: string; readonly name: string; readonly value: string }) {
  return (
    <label class="field inline">
      <span class="unseen">{label}</span>
      <input
        type="datetime-local"
        value={toLocal(value, zone.value)}
        onChange={(event) => narrow({ [name]: fromLocal(event.currentTarget.value, zone.value) })}
      />
    </label>
  );
}
