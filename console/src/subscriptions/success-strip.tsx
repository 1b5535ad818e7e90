// 24 hours as 24 bars: how much of each succeeded. An hour without an attempt is a gap, never a zero.

import type { Figures, HourFigures } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { plural } from "../../../src/words/plural.ts";
import { clock } from "../../../src/words/time.ts";

const hourMs = 3_600_000;
export const hours = 24;

export const attemptsOf = ({ codes }: HourFigures): number => Object.values(codes).reduce((sum, each) => sum + each, 0);
export const deliveredOf = ({ codes }: HourFigures): number => codes["delivered"] ?? 0;

/** `98.7 %`; null: there was no attempt. What is not all is never rounded to all. */
export function rateOf({ attempts, delivered }: Pick<Figures, "attempts" | "delivered">): string | null {
  if (attempts === 0) return null;
  const share = (100 * delivered) / attempts;
  const rounded = delivered === attempts ? "100" : String(Math.min(99.9, Math.round(share * 10) / 10));
  return `${rounded} %`;
}

/** By hour, the oldest first; null: nothing was tried in it. */
export function byHour({ from, hours: known }: Figures): readonly (HourFigures | null)[] {
  const start = Date.parse(from);
  const found = new Map(known.map((each) => [Math.round((Date.parse(each.at) - start) / hourMs), each]));
  return Array.from({ length: hours }, (_, hour) => found.get(hour) ?? null);
}

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
