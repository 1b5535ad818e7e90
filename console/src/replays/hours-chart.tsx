// Events by hour as bars. Where a time can be chosen, dragging over the bars chooses it; the fields below do the same by keyboard.

import { useState } from "preact/hooks";
import { zone } from "../building/model.ts";
import { plural } from "../../../src/words/plural.ts";
import { clock, dateTime } from "../../../src/words/time.ts";
import type { HourBar } from "./hours.ts";

interface HoursChartProps {
  readonly bars: readonly HourBar[];
  /** Epoch ms; bars outside are muted. */
  readonly from: number;
  readonly to: number;
  /** Called with whole hours: from the begin of one to the end of another. */
  readonly choose?: (from: number, to: number) => void;
}

const height = 96;
const hour = 3_600_000;

export function HoursChart({ bars, from, to, choose }: HoursChartProps) {
  const [anchor, setAnchor] = useState<number | null>(null);
  const most = Math.max(...bars.map(({ total }) => total), 0);
  const sum = bars.reduce((all, { total }) => all + total, 0);
  const at = (event: PointerEvent): number => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * bars.length);
    return Math.min(bars.length - 1, Math.max(0, index));
  };
  const drag = (begin: number, end: number): void => {
    const [first, last] = [bars[Math.min(begin, end)], bars[Math.max(begin, end)]];
    if (first !== undefined && last !== undefined) choose?.(first.at, last.at + hour);
  };
  const drawn = choose === undefined ? {} : handlers();
  function handlers() {
    return {
      onPointerDown(event: PointerEvent) {
        (event.currentTarget as SVGElement).setPointerCapture(event.pointerId);
        setAnchor(at(event));
        drag(at(event), at(event));
      },
      onPointerMove: (event: PointerEvent) => anchor !== null && drag(anchor, at(event)),
      onPointerUp: () => setAnchor(null),
      onPointerCancel: () => setAnchor(null),
    };
  }
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return null;
  const summary = `${plural(sum, "event")} in ${plural(bars.length, "hour")}, at most ${most.toLocaleString("en-US")} in one`;
  return (
    <figure class="hours">
      <svg
        {...drawn}
        class={choose === undefined ? "" : "choosable"}
        viewBox={`0 0 ${bars.length} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
      >
        {bars.map((bar, index) => {
          const tall = bar.total === 0 ? 0 : Math.max(2, (bar.total / Math.max(most, 1)) * height);
          const isIn = bar.at + hour > from && bar.at < to;
          return (
            <g key={bar.at} class={isIn ? "chosen" : ""}>
              <rect class="ground" x={index} y={0} width={1} height={height} />
              <rect class="bar-of-hour" x={index + 0.1} y={height - tall} width={0.8} height={tall} />
              <title>{`${dateTime(bar.at, zone.value)}: ${plural(bar.total, "event")}`}</title>
            </g>
          );
        })}
      </svg>
      <figcaption class="muted">
        <span>{dateTime(first.at, zone.value)}</span>
        <span>at most {most.toLocaleString("en-US")} in an hour</span>
        <span>{bars.length > 1 ? clock(last.at + hour, zone.value) : ""}</span>
      </figcaption>
      <p class="unseen">{summary}</p>
    </figure>
  );
}
