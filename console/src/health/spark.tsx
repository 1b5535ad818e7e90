// A small line of what a figure was since the page was opened. Its largest value stands beside it.

import { useRef } from "preact/hooks";
import { useSize } from "../building/use-size.ts";

const height = 44;

export function Spark({ values, name }: { readonly values: readonly number[]; readonly name: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const largest = Math.max(0, ...values);
  const most = Math.max(1, largest);
  // The newest stands at the right end.
  const step = width / Math.max(60, values.length - 1);
  const xOf = (index: number): string => (width - (values.length - 1 - index) * step).toFixed(1);
  const points = values.map(
    (value, index) => `${xOf(index)},${(height - 2 - (value / most) * (height - 6)).toFixed(1)}`,
  );
  return (
    <div class="spark" ref={frame} role="img" aria-label={`${name}: at most ${largest.toFixed(1)}`}>
      {width > 0 && values.length > 1 && (
        <svg width={width} height={height} aria-hidden="true">
          <polygon class="chart-area" points={`${xOf(0)},${height} ${points.join(" ")} ${width},${height}`} />
          <polyline class="chart-line" points={points.join(" ")} />
        </svg>
      )}
      <span class="muted">
        {values.length > 1
          ? `at most ${largest.toFixed(1)} a second since this page was opened`
          : "the line begins within seconds"}
      </span>
    </div>
  );
}
