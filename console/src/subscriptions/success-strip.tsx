// 24 hours as 24 bars: how much of each succeeded. An hour without an attempt is a gap, never a zero.

import type { Figures } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { plural } from "../../../src/words/plural.ts";
import { attemptsOf, byHour, deliveredOf } from "./day-figures.ts";
import { clock } from "../../../src/words/time.ts";

export function SuccessStrip({ figures }: { readonly figures: Figures }) {
  const all = byHour(figures);
  const failing = all.filter((each) => each !== null && deliveredOf(each) < attemptsOf(each)).length;
  const said =
    figures.attempts === 0
      ? "No attempt in 24 hours"
      : `The last 24 hours, hour by hour: ${failing === 0 ? "every attempt succeeded" : `attempts failed in ${plural(failing, "hour")}`}`;
  return (
    <svg class="success-strip" viewBox="0 0 96 20" role="img" aria-label={said}>
      {all.map((each, hour) => {
        if (each === null) return <rect key={hour} class="gap" x={hour * 4} y={18.5} width={3} height={1.5} />;
        const height = Math.round((20 * deliveredOf(each)) / attemptsOf(each));
        const from = clock(Date.parse(each.at), zone.value);
        return (
          <g key={hour}>
            <title>{`${from}: ${deliveredOf(each)} of ${attemptsOf(each)} succeeded`}</title>
            <rect class="bad" x={hour * 4} y={0} width={3} height={20 - height} />
            <rect class="ok" x={hour * 4} y={20 - height} width={3} height={height} />
          </g>
        );
      })}
    </svg>
  );
}
